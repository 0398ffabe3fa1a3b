// @vitest-environment node
import { readFileSync } from 'node:fs'
import { runInNewContext } from 'node:vm'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { notifyTexts, workerTexts } from '../texts/notify.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const SOURCE = readFileSync(new URL('../../public/sw.js', import.meta.url), 'utf8')
const ORIGIN = 'https://relay.example'
type Handler = (event: object) => void

/** The page's worker in a browser whose network and cache are a test's. */
function startWorker(
  network: (request: Request) => Promise<Response>,
  kept: Record<string, Response> = {},
  clients: object = {},
  registration: object = {},
) {
  const handlers = new Map<string, Handler>()
  const cache = new Map(Object.entries(kept))
  const keyOf = (request: Request | string): string =>
    typeof request === 'string' ? request : new URL(request.url).pathname
  const shell = {
    match: (request: Request | string) => Promise.resolve(cache.get(keyOf(request))),
    put: (request: Request | string, response: Response) => Promise.resolve(void cache.set(keyOf(request), response)),
    keys: () => Promise.resolve([]),
  }
  runInNewContext(SOURCE, {
    self: {
      addEventListener: (name: string, handler: Handler) => handlers.set(name, handler),
      location: { origin: ORIGIN },
      clients,
      registration,
    },
    caches: { match: shell.match, open: () => Promise.resolve(shell) },
    fetch: network,
    setTimeout,
    URL,
    Response,
    Request,
    Promise,
  })
  return {
    cache,
    shell,
    /** Somebody presses a notification; resolves when all is done. */
    async press(notification: object): Promise<void> {
      let done: Promise<unknown> | undefined
      handlers.get('notificationclick')?.({ notification, waitUntil: (work: Promise<unknown>) => (done = work) })
      await done
    },
    /** The browser tells it something; resolves when all is done. */
    async tell(name: string, event: object): Promise<void> {
      let done: Promise<unknown> | undefined
      handlers.get(name)?.({ ...event, waitUntil: (work: Promise<unknown>) => (done = work) })
      await done
    },
    /** Undefined: the worker leaves it to the browser. */
    ask(path: string, mode: string): Promise<Response> | undefined {
      let answer: Promise<Response> | undefined
      handlers.get('fetch')?.({
        request: { url: ORIGIN + path, method: 'GET', mode },
        respondWith: (response: Promise<Response>) => (answer = response),
        waitUntil: () => {},
      })
      return answer
    },
  }
}

const html = (text: string) => new Response(text, { headers: { 'Content-Type': 'text/html' } })

test('on a network that swallows everything, the kept page comes within three seconds', async () => {
  const worker = startWorker(() => new Promise(() => {}), { '/': html('kept') })
  const answer = worker.ask('/session/1', 'navigate')
  await vi.advanceTimersByTimeAsync(3_000)
  expect(await (await answer)?.text()).toBe('kept')
})

test('where no page is kept, the network may take its time', async () => {
  const worker = startWorker(() => new Promise((resolve) => setTimeout(() => resolve(html('late')), 20_000)))
  const answer = worker.ask('/', 'navigate')
  await vi.advanceTimersByTimeAsync(20_000)
  expect(await (await answer)?.text()).toBe('late')
  expect(await worker.cache.get('/')?.text()).toBe('late')
})

test('a newer page is shown and kept; where the relay fails, the kept one is', async () => {
  const newer = startWorker(() => Promise.resolve(html('newer')), { '/': html('kept') })
  expect(await (await newer.ask('/', 'navigate'))?.text()).toBe('newer')
  expect(await newer.cache.get('/')?.text()).toBe('newer')
  const away = startWorker(() => Promise.reject(new TypeError('away')), { '/': html('kept') })
  expect(await (await away.ask('/', 'navigate'))?.text()).toBe('kept')
  const proxy = startWorker(() => Promise.resolve(new Response('bad gateway', { status: 502 })), { '/': html('kept') })
  expect(await (await proxy.ask('/', 'navigate'))?.text()).toBe('kept')
})

test.each([
  ['takes long', () => new Promise<undefined>(() => {})],
  ['is refused', () => Promise.reject(new DOMException('full', 'QuotaExceededError'))],
])('a page whose keeping %s is shown all the same', async (_how, put) => {
  const worker = startWorker(() => Promise.resolve(html('newer')), { '/': html('kept') })
  vi.spyOn(worker.shell, 'put').mockImplementation(put)
  expect(await (await worker.ask('/', 'navigate'))?.text()).toBe('newer')
})

test('every icon of the page is kept, and the API is never answered for', async () => {
  const worker = startWorker(() => Promise.resolve(new Response('file')))
  for (const path of ['/favicon.svg', '/favicon-need.svg', '/icons/icon-192.png', '/assets/a-1.js'])
    expect(await (await worker.ask(path, 'no-cors'))?.text()).toBe('file')
  expect(worker.cache.size).toBe(4)
  expect(worker.ask('/api/projects', 'cors')).toBeUndefined()
})

test('the manifest is that of the relay, or the kept one without it', async () => {
  const worker = startWorker(() => Promise.resolve(new Response('newer')), {
    '/manifest.webmanifest': new Response('kept'),
  })
  expect(await (await worker.ask('/manifest.webmanifest', 'cors'))?.text()).toBe('newer')
  const away = startWorker(() => Promise.reject(new TypeError('away')), {
    '/manifest.webmanifest': new Response('kept'),
  })
  expect(await (await away.ask('/manifest.webmanifest', 'cors'))?.text()).toBe('kept')
})

test.each([
  ['the tab that has the session', ['/', '/s/a'], '/s/a', 1],
  ['another tab, which goes there', ['/status'], '/s/a', 0],
  ['the tab that has the session, and to what waits there', ['/', '/s/a'], '/s/a?focus=decision', 1],
  ['no tab: a new one', [], '/s/a', undefined],
  ['a note that names no session: the list', ['/s/b'], 'https://evil.example', 0],
])('a pressed notification leads to %s', async (_where, paths, path, index) => {
  const told: unknown[] = []
  const tabs = paths.map((url, place) => ({
    url: ORIGIN + url,
    visibilityState: 'hidden',
    postMessage: (message: unknown) => told.push([place, message]),
    focus: () => Promise.resolve(void told.push([place, 'focus'])),
  }))
  const worker = startWorker(
    () => Promise.reject(new TypeError('away')),
    {},
    {
      matchAll: () => Promise.resolve(tabs),
      openWindow: (opened: string) => Promise.resolve(void told.push(opened)),
    },
  )
  const close = vi.fn()
  await worker.press({ close, data: { path } })
  expect(close).toHaveBeenCalledOnce()
  const open = path.startsWith('/s/') ? path : '/'
  expect(told).toEqual(
    index === undefined
      ? [open]
      : [
          [index, { open }],
          [index, 'focus'],
        ],
  )
})

type Shown = { title: string; tag: string; body: string; data: Record<string, unknown>; silent?: boolean }

/** A worker to which the relay pushes; what the browser shows then, and all that it was told to show. */
function openPushed() {
  const shown = new Map<string, Shown & { close(): void }>()
  const all: Shown[] = []
  const registration = {
    getNotifications: ({ tag }: { tag: string }) =>
      Promise.resolve([shown.get(tag)].filter((one) => one !== undefined)),
    showNotification: (title: string, options: Omit<Shown, 'title'>) => {
      const note = { title, ...options }
      all.push(note)
      shown.set(note.tag, { ...note, close: () => shown.delete(note.tag) })
      return Promise.resolve()
    },
  }
  const worker = startWorker(() => Promise.reject(new TypeError('away')), {}, {}, registration)
  return {
    all,
    titles: () => [...shown.values()].map(({ title }) => title),
    show: registration.showNotification,
    push: async (said: unknown) =>
      await worker.tell('push', { data: said === undefined ? null : { json: () => JSON.parse(JSON.stringify(said)) } }),
  }
}
const pushOf = (type: string, seq: number, session = 'Fix it') => ({
  type,
  sessionId: 'a',
  seq,
  session,
  project: 'shop',
})

test('a push is shown in the words of the page, a request with the way to its answer', async () => {
  const { push, all } = openPushed()
  for (const [index, kind] of (['need', 'failed', 'finished'] as const).entries()) await push(pushOf(kind, index + 1))
  expect(all.map(({ title }) => title)).toEqual(Object.values(notifyTexts.titles).map((title) => title('Fix it')))
  expect(all[0]).toMatchObject({
    tag: 'session:a',
    body: 'shop',
    renotify: true,
    data: { path: '/s/a?focus=decision' },
  })
  expect(all[1]).toMatchObject({ tag: 'session:a', silent: true, data: { path: '/s/a' } })
  await push(pushOf('need', 9, ' '))
  expect(all.at(-1)?.title).toBe(notifyTexts.titles.need(workerTexts.untitled))
  await push({ type: 'test' })
  expect(all.at(-1)?.body).toBe(workerTexts.test)
})

test.each([
  undefined,
  null,
  7,
  {},
  { type: 'need' },
  { ...pushOf('need', 1), seq: 'x' },
  { ...pushOf('constructor', 1) },
  { ...pushOf('need', 1), session: { toString: 1 } },
])('a push that nobody can read is shown as something new: %j', async (said) => {
  const { push, all } = openPushed()
  await push(said)
  expect(all).toMatchObject([{ title: 'Farhand', body: workerTexts.unknown, data: { path: '/' } }])
})

test('what a tab has told is shown once more without a sound, and what is newer stays', async () => {
  const { push, all, show } = openPushed()
  const data = { kind: 'need', seq: 5, sessionId: 'a', path: '/s/a?focus=decision' }
  await show('Needs you: Fix it', { tag: 'session:a', body: 'shop', data })
  await push(pushOf('need', 5))
  await push(pushOf('need', 4, 'older'))
  expect(all.slice(1)).toMatchObject([
    { title: 'Needs you: Fix it', silent: true, data },
    { title: 'Needs you: Fix it', silent: true, data },
  ])
})

test('what was answered elsewhere says so shortly and closes, and a failure stays', async () => {
  const { push, titles } = openPushed()
  await push(pushOf('need', 5))
  const over = push(pushOf('over', 8))
  await vi.advanceTimersByTimeAsync(1_000)
  expect(titles()).toEqual([workerTexts.over('Fix it')])
  await vi.advanceTimersByTimeAsync(3_000)
  await over
  expect(titles()).toEqual([])
  const second = push(pushOf('over', 9)) // nothing of it was shown here
  await second
  expect(titles()).toEqual([])
  await push(pushOf('failed', 10))
  await push(pushOf('over', 12))
  expect(titles()).toEqual(['Failed: Fix it'])
})

test('a failure is shown also while the outcome of a request still is', async () => {
  const { push, titles } = openPushed()
  await push(pushOf('need', 5))
  const over = push(pushOf('over', 11))
  await vi.advanceTimersByTimeAsync(1_000)
  await push(pushOf('failed', 10))
  await vi.advanceTimersByTimeAsync(3_000)
  await over
  expect(titles()).toEqual(['Failed: Fix it'])
})

test('a browser that gets another address tells the relay by itself', async () => {
  const asked: unknown[] = []
  const network = (path: unknown, init?: { method: string; body: string }): Promise<Response> => {
    asked.push([path, init?.method, init && JSON.parse(init.body)])
    return Promise.resolve(Response.json({ ok: true, publicKey: 'key' }))
  }
  const subscribe = vi.fn(() => Promise.resolve({ endpoint: 'new' }))
  const worker = startWorker(network, {}, {}, { pushManager: { subscribe } })
  await worker.tell('pushsubscriptionchange', {})
  expect(subscribe).toHaveBeenCalledWith({ userVisibleOnly: true, applicationServerKey: 'key' })
  expect(asked).toEqual([
    ['/api/push', undefined, undefined],
    ['/api/push', 'PUT', { subscription: { endpoint: 'new' } }],
  ])
})
