import { TELL_AFTER_MS, pushStateSchema, type NoteKind } from '@farhand/shared'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  OWNER_TOKEN,
  PROJECT_ID,
  getJson,
  handedOver,
  ids,
  ok,
  openAgent,
  pause,
  responseOf,
  startRelay,
  type Relay,
  type RelayOptions,
  type TestBrowser,
} from './harness.ts'
import { startPair } from './pair.ts'
import { startPushService, type PushService } from './pushService.ts'

const PATIENCE_MS = 10_000
const CONTACT = 'mailto:me@example.com'
const OWN = { 'X-Farhand': '1', 'Content-Type': 'application/json' }
const SECRET = 'the secret words'
/** Several looks. */
const A_WHILE_MS = 100

const clock = { ahead: 0, now: () => Date.now() + clock.ahead }
const options: RelayOptions = {
  clock,
  env: { PUSH_CONTACT: CONTACT },
  push: { open: true, everyMs: 20, firstPauseMs: 5 },
}
let service: PushService
const open: { close(): Promise<void> }[] = []

beforeEach(async () => {
  clock.ahead = 0
  service = await startPushService()
  open.push(service)
})
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close()
})

async function start(more: RelayOptions = {}): Promise<Relay> {
  const relay = await startRelay({ ...options, ...more })
  open.push(relay)
  return relay
}

async function signIn({ url }: Relay): Promise<string> {
  const body = JSON.stringify({ token: OWNER_TOKEN })
  const { headers } = await getJson(`${url}/api/login`, { method: 'POST', headers: OWN, body })
  return headers.get('set-cookie')?.split(';')[0] ?? ''
}

async function ask(relay: Relay, cookie: string, method: string, path = '', body?: object) {
  const said = body === undefined ? {} : { body: JSON.stringify(body) }
  return await getJson(`${relay.url}/api/push${path}`, { method, headers: { ...OWN, Cookie: cookie }, ...said })
}

/** A browser that is signed in and is told of these. */
async function subscribe(relay: Relay, name = 'phone', kinds: NoteKind[] = ['need', 'failed', 'finished']) {
  const cookie = await signIn(relay)
  const subscription = service.subscribe(name)
  const { status, body } = await ask(relay, cookie, 'PUT', '', { subscription, kinds })
  expect([status, pushStateSchema.parse(body).here]).toEqual([200, { endpoint: subscription.endpoint, kinds }])
  await pause(2) // what is in the same millisecond was before it
  return cookie
}

const eventually = (check: () => unknown) => vi.waitFor(check, { timeout: PATIENCE_MS, interval: 10 })

const agents = new WeakMap<Relay, ReturnType<typeof openAgent>>()

/** A session in which something runs, with what its agent may say. */
async function begin(relay: Relay) {
  const opening = agents.get(relay) ?? openAgent(relay)
  agents.set(relay, opening)
  const agent = await opening
  const browser = await relay.openBrowser()
  const session = ids()
  ok(await browser.emitWithAck('execute_command', { projectId: PROJECT_ID, command: SECRET, ...session }))
  ok(await browser.emitWithAck('update_session', { sessionId: session.sessionId, title: 'Formal greeting' }))
  await handedOver(relay, session)
  let n = 0
  const said = (part: Partial<Parameters<typeof responseOf>[0]>): void =>
    void agent.socket.emit('command_response', [responseOf({ ...session, n: ++n, data: SECRET, ...part })])
  const seq = async () => (await relay.store.session(session.sessionId))?.head ?? 0
  return {
    ...session,
    browser,
    ask: async (key = 'r1') => {
      const before = await seq()
      said({ kind: 'request', key, digest: 'd'.repeat(64) })
      await eventually(async () => expect(await seq()).toBeGreaterThan(before))
    },
    resolve: (key = 'r1') => said({ kind: 'request_resolved', key }),
    end: (durationMs: number, code?: string) =>
      said({
        kind: 'run_finished',
        data: JSON.stringify({ durationMs, result: SECRET }),
        isComplete: true,
        ...(code === undefined ? {} : { status: 'error' as const, code }),
      }),
  }
}

const told = () => service.letters.map(({ to, message }) => `${to}: ${message.type}`)
const toldEventually = (expected: string[]) => eventually(() => expect(told()).toEqual(expected))

async function look(browser: TestBrowser, sessionId: string, state: 'viewing' | 'away'): Promise<void> {
  ok(await browser.emitWithAck('subscribe', { sessionId }))
  ok(await browser.emitWithAck('presence', { sessionId, state }))
}

describe('a request', () => {
  test('that waits for three seconds is told once, by names alone, and told to be over', async () => {
    const relay = await start()
    await subscribe(relay)
    const run = await begin(relay)
    await run.ask()
    await pause(A_WHILE_MS)
    expect(told()).toEqual([])
    clock.ahead += TELL_AFTER_MS
    await toldEventually(['phone: need'])
    const [need] = service.letters
    expect(need?.message).toEqual({
      ...{ type: 'need', sessionId: run.sessionId, seq: 2, session: 'Formal greeting', project: 'demo' },
    })
    expect(JSON.stringify(service.letters)).not.toContain(SECRET)
    expect(need).toMatchObject({ urgency: 'high', ttl: 86_400, claims: { sub: CONTACT, aud: service.url } })
    const leftSeconds = (need?.claims.exp ?? 0) - Date.now() / 1_000
    expect(leftSeconds).toBeGreaterThan(0)
    expect(leftSeconds).toBeLessThanOrEqual(24 * 60 * 60)

    await relay.restart()
    await pause(A_WHILE_MS)
    expect(told()).toEqual(['phone: need'])
    const agent = await openAgent(relay, { connNo: 2, sessions: [{ sessionId: run.sessionId, lastN: 1 }] })
    const { sessionId, commandId } = run
    const resolved = responseOf({ sessionId, commandId, n: 2, kind: 'request_resolved', key: 'r1' })
    agent.socket.emit('command_response', [resolved])
    await toldEventually(['phone: need', 'phone: over'])
    expect(service.letters[1]).toMatchObject({ topic: need?.topic, publicKey: need?.publicKey, urgency: 'normal' })
  })

  test('is told when the page that shows it is out of sight, and not at all once it was read', async () => {
    const relay = await start()
    await subscribe(relay)
    const [shown, read] = [await begin(relay), await begin(relay)]
    await look(shown.browser, shown.sessionId, 'viewing')
    await shown.ask()
    await read.ask()
    ok(await read.browser.emitWithAck('update_session', { sessionId: read.sessionId, readUpTo: 2 }))
    clock.ahead += TELL_AFTER_MS
    await pause(A_WHILE_MS)
    expect(told()).toEqual([])
    await look(shown.browser, shown.sessionId, 'away')
    await toldEventually(['phone: need'])
    expect(service.letters[0]?.message).toMatchObject({ sessionId: shown.sessionId })
  })

  test('that was answered within the three seconds, or asked before somebody chose to be told, is told to nobody', async () => {
    const relay = await start()
    const run = await begin(relay)
    await run.ask('before')
    await pause(2)
    await subscribe(relay)
    await run.ask('r1')
    run.resolve('r1')
    await eventually(async () => expect(await relay.store.openRequests(PROJECT_ID)).toHaveLength(1))
    clock.ahead += TELL_AFTER_MS
    await pause(A_WHILE_MS)
    expect(told()).toEqual([])
  })

  test('that was asked while the relay was away from its people is told after its return', async () => {
    const relay = await start()
    await subscribe(relay)
    const run = await begin(relay)
    await run.ask()
    await relay.restart()
    clock.ahead += TELL_AFTER_MS
    await toldEventually(['phone: need'])
  })
})

describe('the end of a run', () => {
  test('is told to who chose it: failures, and what took longer than half a minute', async () => {
    const relay = await start()
    await subscribe(relay, 'phone', ['failed'])
    await subscribe(relay, 'tablet', ['finished'])
    const runs = [await begin(relay), await begin(relay), await begin(relay), await begin(relay)]
    for (const { browser } of runs) browser.disconnect()
    runs[0]?.end(31_000)
    runs[1]?.end(29_000)
    runs[2]?.end(5, 'AGENT_ERROR')
    runs[3]?.end(60_000, 'CANCELLED')
    await eventually(async () =>
      expect((await relay.store.sessions(PROJECT_ID)).filter(({ running }) => running > 0)).toEqual([]),
    )
    await eventually(async () => expect(await relay.store.pushNews(0, clock.now() + 1)).toHaveLength(2))
    clock.ahead += TELL_AFTER_MS
    await eventually(() => expect(told().toSorted()).toEqual(['phone: failed', 'tablet: finished']))
    await relay.restart()
    await pause(A_WHILE_MS)
    expect(told()).toHaveLength(2)
  })
})

describe('a subscription', () => {
  test('ends with its login, and when its service does not know it any more', async () => {
    const relay = await start()
    const [out, stays] = [await subscribe(relay, 'out'), await subscribe(relay, 'stays')]
    await subscribe(relay, 'gone')
    await getJson(`${relay.url}/api/logout`, { method: 'POST', headers: { ...OWN, Cookie: out }, body: '{}' })
    const run = await begin(relay)
    await run.ask()
    const gone = (await relay.store.pushes()).map(({ endpoint }) => endpoint)
    expect(gone.map((endpoint) => endpoint.split('/').at(-1))).toEqual(['stays', 'gone'])
    service.answers.push({ status: 410 }, { status: 410 })
    clock.ahead += TELL_AFTER_MS
    await eventually(async () => expect(await relay.store.pushes()).toEqual([]))
    expect(told()).toEqual([])
    expect(pushStateSchema.parse((await ask(relay, stays, 'GET')).body).here).toBeUndefined()
  })

  test('whose service is busy is tried again; where it refuses, its owner is told so', async () => {
    const relay = await start()
    const cookie = await subscribe(relay)
    const run = await begin(relay)
    service.answers.push({ status: 503 }, { status: 429, headers: { 'Retry-After': '0' } })
    await run.ask()
    clock.ahead += TELL_AFTER_MS
    await toldEventually(['phone: need'])
    service.answers.push({ status: 403 })
    expect((await ask(relay, cookie, 'POST', '/test', {})).body).toEqual({ ok: true, outcome: 'refused' })
    const state = pushStateSchema.parse((await ask(relay, cookie, 'GET')).body)
    expect(state.here).toMatchObject({ problem: 'refused' })
    expect((await ask(relay, cookie, 'POST', '/test', {})).body).toMatchObject({ error: { code: 'RATE_LIMITED' } })
    const metrics = await getJson(`${relay.url}/metrics`)
    expect(metrics.body['text']).toContain('farhand_pushes_total{outcome="sent"} 1')
    expect(relay.logs.join('')).not.toContain('/push/phone')
  })

  test('is changed, tried and given back by its browser', async () => {
    const relay = await start()
    const cookie = await subscribe(relay)
    expect((await ask(relay, cookie, 'POST', '/test', {})).body).toEqual({ ok: true, outcome: 'sent' })
    expect(service.letters[0]?.message).toEqual({ type: 'test' })
    const subscription = service.subscribe('renewed')
    const changed = pushStateSchema.parse((await ask(relay, cookie, 'PUT', '', { subscription })).body)
    expect(changed.here).toEqual({ endpoint: subscription.endpoint, kinds: ['need', 'failed', 'finished'] })
    await service.close()
    await pause(A_WHILE_MS)
    expect((await ask(relay, cookie, 'DELETE')).body).toEqual({ ok: true })
    expect((await ask(relay, cookie, 'GET')).body).toMatchObject({ state: 'ready' })
    expect((await ask(relay, cookie, 'POST', '/test', {})).status).toBe(404)
  })

  test('leads nowhere but to a public push service, by a key that is one, and belongs to a browser', async () => {
    const relay = await start({ push: {} })
    const cookie = await signIn(relay)
    const { keys } = service.subscribe('phone')
    const put = async (endpoint: string, more = keys) =>
      (await ask(relay, cookie, 'PUT', '', { subscription: { endpoint, keys: more }, kinds: [] })).status
    for (const endpoint of [
      ...['http://push.example/1', 'https://127.0.0.1/1', 'https://[::1]/1', 'https://169.254.169.254/latest', 'push'],
      ...[
        'https://0x7f000001/1',
        'https://me:secret@push.example/1',
        'file:///etc/passwd',
        'https://[::ffff:10.0.0.1]/',
      ],
      `https://push.example/${'x'.repeat(2_000)}`,
    ])
      expect([endpoint, await put(endpoint)]).toEqual([endpoint, 400])
    const noPoint = `${'A'.repeat(86)}A`
    expect(await put('https://push.example/1', { ...keys, p256dh: noPoint })).toBe(400)
    expect(await put('https://push.example/1')).toBe(200)
    const bearer = { ...OWN, Authorization: `Bearer ${OWNER_TOKEN}` }
    expect((await getJson(`${relay.url}/api/push`, { headers: bearer })).status).toBe(403)
    expect((await getJson(`${relay.url}/api/push`)).status).toBe(401)
  })
})

test.each([
  ['off', { ENABLE_PUSH: 'false', PUSH_CONTACT: CONTACT }],
  ['no_contact', {}],
])('a relay says that it sends none: %s', async (state, env) => {
  const relay = await start({ env })
  const cookie = await signIn(relay)
  expect((await ask(relay, cookie, 'GET')).body).toEqual({ ok: true, state })
  const subscription = service.subscribe('phone')
  expect((await ask(relay, cookie, 'PUT', '', { subscription, kinds: [] })).status).toBe(400)
  expect((await ask(relay, cookie, 'DELETE')).status).toBe(200)
})

test('keys that cannot be read are named and stay as they are', async () => {
  const torn = '{"publicKey":"torn'
  const relay = await start({ around: (own) => ({ ...own, pushKeys: () => own.pushKeys(torn) }) })
  expect((await ask(relay, await signIn(relay), 'GET')).body).toEqual({ ok: true, state: 'broken' })
  expect(relay.logs.join('')).toContain('push_keys')
  expect(await relay.store.pushKeys('other')).toBe(torn)
})

test('of two relays one tells', async () => {
  const { a, b, close } = await startPair(options)
  open.push({ close })
  await subscribe(b)
  const run = await begin(a)
  await run.ask()
  clock.ahead += TELL_AFTER_MS
  await toldEventually(['phone: need'])
  await pause(A_WHILE_MS)
  run.resolve()
  await toldEventually(['phone: need', 'phone: over'])
  await pause(A_WHILE_MS)
  expect(told()).toHaveLength(2)
})
