import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { AGENT_PATH, BROWSER_PATH } from '@farhand/shared'
import { seededRandom, type Random } from '@farhand/shared/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import WebSocket from 'ws'
import { PROJECT_ID, heard, helloOf, ok, openAgent, pause, startRelay, until, type Relay } from '../../test/harness.ts'

/** CON4: whatever is sent, it is answered or its socket is closed, and the relay goes on for everyone else. */

let relay: Relay
const unhandled: unknown[] = []
const note = (error: unknown): void => void unhandled.push(error)

beforeEach(async () => {
  relay = await startRelay()
  unhandled.length = 0
  process.on('uncaughtException', note)
  process.on('unhandledRejection', note)
})
afterEach(async () => {
  process.off('uncaughtException', note)
  process.off('unhandledRejection', note)
  await relay.close()
})

const PACKETS = 2_000
const SEED = 20_261_121
const ANSWER_MS = 5_000

const BROWSER_EVENTS = [
  'execute_command', 'send_input', 'subscribe', 'read', 'unsubscribe', 'watch_project', 'list_projects', 'ask_agent',
  'update_session', 'presence', 'probe', 'error', 'constructor', '__proto__', 'toString', '', 'unknown', 'welcome',
] // prettier-ignore
const AGENT_EVENTS = ['agent_hello', 'command_response', 'agent_status', 'error', '__proto__', 'agent_command', 'ping']

type Anything = null | boolean | number | string | Anything[] | { [name: string]: Anything }

/** A value of any shape; now and then one that is nearly right. */
function anything(random: Random, depth = 0): Anything {
  const shapes: (() => Anything)[] = [
    () => null,
    () => random.chance(0.5),
    () => random.pick([0, -1, 1, 1.5, 1e21, Number.MAX_SAFE_INTEGER, -0.1]),
    () =>
      random.pick([
        '',
        'text',
        PROJECT_ID,
        random.uuid(),
        '\0',
        '\ud800',
        'x'.repeat(5_000),
        '../../etc',
        '"',
        '{"a":1}',
      ]),
  ]
  if (depth < 3) {
    const list = () => Array.from({ length: random.int(5) }, () => anything(random, depth + 1))
    const object = () => almost(random, depth)
    shapes.push(list, object, object)
  }
  return random.pick(shapes)()
}

const FIELDS = [
  'type', 'projectId', 'command', 'commandId', 'sessionId', 'inputId', 'kind', 'data', 'key', 'digest', 'after', 'before',
  'limit', 'tail', 'detail', 'options', 'method', 'params', 'n', 'isComplete', 'status', 'at', 'claude', 'runs', 'projects',
  'sessions', 'versions', 'agentId', 'connNo', 'protocol', '__proto__', 'constructor', 'length', 'then', 'toJSON',
] // prettier-ignore

function almost(random: Random, depth: number): Anything {
  const good: Record<string, Anything> = {
    projectId: PROJECT_ID,
    command: 'x',
    sessionId: random.uuid(),
    kind: 'cancel',
    limit: 5,
    n: 1,
  }
  const fields = FIELDS.filter(() => random.chance(0.3))
  return Object.fromEntries(
    fields.map((name) => [name, random.chance(0.5) ? (good[name] ?? null) : anything(random, depth + 1)]),
  )
}

type Loose = {
  connected: boolean
  emit(event: string, ...args: unknown[]): unknown
  disconnect(): unknown
  once(event: string, listener: () => void): unknown
}

describe('[CON4] packets of any shape', () => {
  async function storm(
    events: readonly string[],
    dial: () => Promise<Loose>,
  ): Promise<{ answered: number; closed: number }> {
    const random = seededRandom(SEED)
    let [answered, closed] = [0, 0]
    let socket = await dial()
    for (let sent = 0; sent < PACKETS; sent++) {
      if (!socket.connected) socket = await dial()
      const event = random.pick(events)
      const args = Array.from({ length: random.int(4) }, () => anything(random))
      if (random.chance(0.2)) socket.emit(event, ...args)
      else if ((await outcome(socket, event, args)) === 'answered') answered++
      else closed++
    }
    socket.disconnect()
    return { answered, closed }
  }

  async function outcome(socket: Loose, event: string, args: Anything[]): Promise<'answered' | 'closed'> {
    const abort = new AbortController()
    const answer = new Promise<'answered'>((resolve) => socket.emit(event, ...args, () => resolve('answered')))
    const close = new Promise<'closed'>((resolve) => socket.once('disconnect', () => resolve('closed')))
    const late = sleep(ANSWER_MS, 'late' as const, { signal: abort.signal }).catch(() => 'late' as const)
    const result = await Promise.race([answer, close, late])
    abort.abort()
    if (result === 'late') throw new Error(`neither answered nor closed: ${event} ${JSON.stringify(args)}`)
    return result
  }

  test('from browsers', { timeout: 60_000 }, async () => {
    const agent = await openAgent(relay)
    agent.socket.on('agent_request', (_request, ack) => ack({ ok: true, result: null }))
    const { answered, closed } = await storm(BROWSER_EVENTS, async () => await relay.openBrowser())
    expect(answered).toBeGreaterThan(PACKETS / 2)
    expect(closed).toBeGreaterThan(0) // a socket that sends nothing but nonsense is closed
    await expectAlive()
  })

  test('from agents', { timeout: 60_000 }, async () => {
    let connNo = 1
    const { answered } = await storm(AGENT_EVENTS, async () => {
      connNo += 1
      const { socket } = await openAgent(relay, { connNo })
      return socket
    })
    expect(answered).toBeGreaterThan(PACKETS / 10)
    await expectAlive()
  })

  test('frames that are no packets', { timeout: 60_000 }, async () => {
    const random = seededRandom(SEED + 1)
    const starts = [
      '0',
      '1',
      '2',
      '3',
      '4',
      '40',
      '41',
      '42',
      '43',
      '44',
      '45',
      '451-',
      '42["probe"',
      '40/x,',
      '5',
      '6',
      'b',
      '',
    ]
    for (let round = 0; round < 60; round++) {
      const path = random.chance(0.5) ? BROWSER_PATH : AGENT_PATH
      const socket = new WebSocket(`${relay.url.replace('http', 'ws')}${path}/?EIO=4&transport=websocket`)
      await new Promise((resolve) => socket.once('open', resolve))
      for (let sent = 0; sent < 20 && socket.readyState === WebSocket.OPEN; sent++) {
        const noise = String.fromCharCode(...Array.from({ length: 8 }, () => random.int(0xffff)))
        const rest = random.chance(0.5) ? JSON.stringify(anything(random)) : noise
        socket.send(random.chance(0.1) ? Buffer.from([4, 5, 6]) : random.pick(starts) + rest)
      }
      await pause(2)
      socket.terminate()
    }
    await expectAlive()
  })

  test('[CON7] a frame over the engine’s limit closes its own socket only', async () => {
    const [big, other] = [await relay.openBrowser(), await relay.openBrowser()]
    const gone = heard(big, 'disconnect')
    big.emit('probe', { pad: 'x'.repeat(2_000_000) } as object, () => {})
    await gone
    ok(await other.emitWithAck('probe', {}))
  })

  test('[CON1] a connection that never proves itself is closed', { timeout: 15_000 }, async () => {
    const socket = new WebSocket(`${relay.url.replace('http', 'ws')}${BROWSER_PATH}/?EIO=4&transport=websocket`)
    const closed = new Promise((resolve) => socket.once('close', resolve))
    await new Promise((resolve) => socket.once('open', resolve))
    const from = performance.now()
    await closed
    expect(performance.now() - from).toBeLessThan(8_000)
  })

  test('too many events are RATE_LIMITED and say when to go on', async () => {
    await relay.close()
    relay = await startRelay({ eventsPerSecond: 5 })
    const socket = await relay.openBrowser()
    const answers = await Promise.all(Array.from({ length: 30 }, () => socket.emitWithAck('probe', {})))
    expect(answers.filter((answer) => answer.ok)).toHaveLength(10)
    const refused = answers.find((answer) => !answer.ok)
    expect(refused).toMatchObject({ error: { code: 'RATE_LIMITED', retryable: true } })
    expect(refused?.ok === false ? refused.error.retryAfterMs : 0).toBeGreaterThan(0)
    expect(socket.connected).toBe(true)
  })

  /** Nothing escaped, and a newcomer is served. */
  async function expectAlive(): Promise<void> {
    await pause(50)
    expect(unhandled).toEqual([])
    const browser = await relay.openBrowser()
    ok(await browser.emitWithAck('list_projects', {}))
    expect((await fetch(`${relay.url}/readyz`)).status).toBe(200)
    expect(relay.logs.filter((line) => line.includes('a handler failed'))).toEqual([])
    const agentId = randomUUID()
    const agent = relay.agent({ agentId })
    await heard(agent, 'connect')
    ok(await agent.emitWithAck('agent_hello', helloOf({ agentId, projects: [] })))
    await until(() => agent.connected)
  }
})
