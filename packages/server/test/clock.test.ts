import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  PROJECT_ID,
  collect,
  handedOver,
  heard,
  ok,
  openAgent,
  pause,
  responseOf,
  startRelay,
  until,
  type Relay,
} from './harness.ts'

const DAY_MS = 24 * 60 * 60_000
const START = 1_700_000_000_000
const JUMPS = [
  ['forward', DAY_MS],
  ['back', -DAY_MS],
] as const

const clock = { time: START, now: () => clock.time }
let relay: Relay
beforeEach(async () => {
  clock.time = START
  relay = await startRelay({ clock })
})
afterEach(() => relay.close())

describe.each(JUMPS)('[F37] the relay’s clock jumps a day %s', (_name, jumpMs) => {
  test('a run and its observers go on in the order of the log', async () => {
    const agent = await openAgent(relay)
    const browser = await relay.openBrowser()
    const seen = collect(browser)
    const said = ok(await browser.emitWithAck('execute_command', { projectId: PROJECT_ID, command: 'go' }))
    for (let n = 1; n <= 10; n++) {
      if (n === 6) clock.time += jumpMs
      agent.socket.emit('command_response', responseOf({ ...said, n }))
      await pause(2)
    }
    await until(() => seen.length === 11)
    expect(seen.map((entry) => entry.seq)).toEqual(seen.map((_, index) => index + 1))
    const other = await relay.openBrowser()
    const page = ok(await other.emitWithAck('subscribe', { sessionId: said.sessionId, after: 0 }))
    expect(page.entries).toEqual(seen)
  })

  test('a request stays open, and the session does not fall behind what it was', async () => {
    const agent = await openAgent(relay)
    const browser = await relay.openBrowser()
    const said = ok(await browser.emitWithAck('execute_command', { projectId: PROJECT_ID, command: 'go' }))
    const digest = 'a'.repeat(64)
    const request = { kind: 'request', key: 'r', digest, data: '{}' }
    agent.socket.emit('command_response', responseOf({ ...said, n: 1, ...request }))
    await heard(agent.socket, 'ack_responses')
    clock.time += jumpMs
    const decision = { sessionId: said.sessionId, kind: 'decision' as const, key: 'r', digest, data: '{}' }
    ok(await browser.emitWithAck('send_input', decision))
    await until(() => agent.inputs.length === 2)
    const { sessions } = ok(await browser.emitWithAck('watch_project', { projectId: PROJECT_ID }))
    expect(sessions[0]?.updatedAt).toBe(Math.max(START, START + jumpMs))
    expect(sessions[0]?.createdAt).toBe(START)
  })

  test('a gap is told again when it has to be, and a ticket lives as long as it says', async () => {
    const agent = await openAgent(relay)
    const browser = await relay.openBrowser()
    const said = ok(await browser.emitWithAck('execute_command', { projectId: PROJECT_ID, command: 'go' }))
    const gaps: number[] = []
    agent.socket.on('gap', ({ lastN }) => void gaps.push(lastN))
    agent.socket.emit('command_response', responseOf({ ...said, n: 5 }))
    await until(() => gaps.length === 1)
    clock.time += jumpMs
    agent.socket.emit('command_response', responseOf({ ...said, n: 5 }))
    await until(() => gaps.length === 2, 'it was never asked for again')

    const post = (path: string, body: object, headers: Record<string, string>) =>
      fetch(relay.url + path, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'X-Farhand': '1', Origin: relay.url, ...headers },
        body: JSON.stringify(body),
      })
    const code = (await relay.app.loginLink()).split('#code=')[1]
    const login = await post('/api/login', { code }, {})
    const cookie = login.headers.get('set-cookie')?.split(';')[0] ?? ''
    const { ticket } = (await (await post('/api/ticket', {}, { Cookie: cookie })).json()) as { ticket: string }
    clock.time += jumpMs
    expect(await heard(relay.browser({ ticket }), 'welcome')).toMatchObject({ serverTime: clock.time })
  })
})

test('[F37] [CMD2] commands expire by the clock as it now is, those that are begun never do', async () => {
  const first = await openAgent(relay)
  const browser = await relay.openBrowser()
  const seen = collect(browser)
  const expiresAt = START + 60_000
  const begun = ok(await browser.emitWithAck('execute_command', { projectId: PROJECT_ID, command: 'a', expiresAt }))
  await handedOver(relay, begun)
  first.socket.disconnect()
  const waits = ok(await browser.emitWithAck('execute_command', { projectId: PROJECT_ID, command: 'b', expiresAt }))
  clock.time -= DAY_MS
  await pause(1_200) // a round of the expiry
  expect(seen.filter((entry) => entry.code === 'EXPIRED')).toEqual([])
  clock.time += 2 * DAY_MS
  await until(() => seen.some((entry) => entry.code === 'EXPIRED'))
  expect(seen.filter((entry) => entry.code === 'EXPIRED').map((entry) => entry.commandId)).toEqual([waits.commandId])
  expect(seen.filter((entry) => entry.commandId === begun.commandId)).toHaveLength(1)
})
