import { afterEach, expect, test, vi } from 'vitest'
import { openPush } from './push.ts'

afterEach(() => vi.unstubAllGlobals())

const KEY = 'BEl62iU-gUFw'
const bytesOf = (text: string) =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0)).buffer

/** A browser with a push service, and a relay that answers with `state`. */
function open(state: object, known?: { endpoint: string; key: string }) {
  const asked: unknown[] = []
  const unsubscribe = vi.fn(() => Promise.resolve(true))
  const subscriptionOf = (endpoint: string, key: string) => ({
    endpoint,
    options: { applicationServerKey: bytesOf(key) },
    unsubscribe,
    toJSON: () => ({ endpoint, keys: {} }),
  })
  const subscribe = vi.fn(() => Promise.resolve(subscriptionOf('https://push.example/new', KEY)))
  const pushManager = {
    getSubscription: () => Promise.resolve(known === undefined ? null : subscriptionOf(known.endpoint, known.key)),
    subscribe,
  }
  vi.stubGlobal('fetch', (path: string, init: { method: string; body?: string }) => {
    asked.push([init.method, path, ...(init.body === undefined ? [] : [JSON.parse(init.body)])])
    return Promise.resolve(Response.json({ ok: true, ...state }))
  })
  const workers = { getRegistration: () => Promise.resolve({ pushManager } as unknown as ServiceWorkerRegistration) }
  return { push: openPush({ workers }), asked, subscribe, unsubscribe }
}

test('a browser that is new to the relay subscribes and says what it wants', async () => {
  const { push, asked, subscribe } = open({ state: 'ready', publicKey: KEY })
  await push.agree(['need'])
  expect(subscribe).toHaveBeenCalledWith({ userVisibleOnly: true, applicationServerKey: KEY })
  const subscription = { endpoint: 'https://push.example/new', keys: {} }
  expect(asked).toEqual([
    ['GET', '/api/push'],
    ['PUT', '/api/push', { subscription, kinds: ['need'] }],
  ])
})

test('where both agree nothing is said; where an address or a wish changed, it is', async () => {
  const here = { endpoint: 'https://push.example/1', kinds: ['failed', 'need'] }
  const agreed = open({ state: 'ready', publicKey: KEY, here }, { endpoint: here.endpoint, key: KEY })
  await agreed.push.agree(['need', 'failed'])
  expect(agreed.asked).toHaveLength(1)
  await agreed.push.agree(['need'])
  expect(agreed.asked).toHaveLength(3)
  expect(agreed.subscribe).not.toHaveBeenCalled()
  const moved = open({ state: 'ready', publicKey: KEY, here }, { endpoint: 'https://push.example/2', key: KEY })
  await moved.push.agree(['need', 'failed'])
  expect(moved.asked).toHaveLength(2)
})

test('a subscription for another key is given up for one that fits', async () => {
  const { push, subscribe, unsubscribe } = open(
    { state: 'ready', publicKey: KEY },
    { endpoint: 'https://push.example/1', key: 'AAAA' },
  )
  await push.agree(['need'])
  expect(unsubscribe).toHaveBeenCalledOnce()
  expect(subscribe).toHaveBeenCalledOnce()
})

test('a relay that sends none is not asked for more, and without a worker nobody is asked', async () => {
  const { push, subscribe } = open({ state: 'no_contact' })
  expect(await push.agree(['need'])).toEqual({ state: 'no_contact' })
  expect(subscribe).not.toHaveBeenCalled()
  const none = openPush({ workers: { getRegistration: () => Promise.resolve(undefined) } })
  expect(await none.agree(['need'])).toBeUndefined()
  expect(await none.read()).toBeUndefined()
})

test('leaving tells the relay first, and then the browser', async () => {
  const { push, asked, unsubscribe } = open({}, { endpoint: 'https://push.example/1', key: KEY })
  await push.leave()
  expect(asked).toEqual([['DELETE', '/api/push']])
  expect(unsubscribe).toHaveBeenCalledOnce()
})
