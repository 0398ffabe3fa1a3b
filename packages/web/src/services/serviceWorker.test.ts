// @vitest-environment node
import { readFileSync } from 'node:fs'
import { runInNewContext } from 'node:vm'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

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
    /** Somebody presses a notification; resolves when all is done. */
    async press(notification: object): Promise<void> {
      let done: Promise<unknown> | undefined
      handlers.get('notificationclick')?.({ notification, waitUntil: (work: Promise<unknown>) => (done = work) })
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
