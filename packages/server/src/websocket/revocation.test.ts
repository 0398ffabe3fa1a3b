import { randomBytes, randomUUID } from 'node:crypto'
import type { Socket as TcpSocket } from 'node:net'
import { DatabaseSync } from 'node:sqlite'
import { AGENT_PATH, BROWSER_PATH, PROTOCOL_VERSION } from '@farhand/shared'
import { io, type Socket } from 'socket.io-client'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  PROJECT_ID,
  collect,
  heard,
  lived,
  ok,
  openAgent,
  pause,
  responseOf,
  startRelay,
  until,
  withinLived,
  type Relay,
  type TestBrowser,
} from '../../test/harness.ts'
import { openStallingProxy, type StallingProxy } from '../../test/stallingProxy.ts'
import { createTokens, openSqliteStore } from '../index.ts'

const BOUND_MS = 1_000
const HALF_OPEN_BOUND_MS = 2_500

let relay: Relay
let proxy: StallingProxy
let wires: Set<TcpSocket>
let guestToken = ''
let dialled: Socket[]

beforeEach(async () => {
  relay = await startRelay()
  proxy = await openStallingProxy(relay.url)
  wires = new Set()
  dialled = []
  relay.app.http.on('connection', (wire: TcpSocket) => {
    wires.add(wire)
    wire.once('close', () => wires.delete(wire))
  })
  const helper = await openSqliteStore({ dataDir: relay.dataDir, exclusive: false })
  guestToken = (await createTokens({ store: helper, clock: Date, randomBytes }).create('owner', 'guest')).token
  await helper.close()
})
afterEach(async () => {
  for (const socket of dialled) socket.disconnect()
  await proxy.close()
  await relay.close()
})

function dial(path: string, auth: object, transports = ['websocket']): TestBrowser {
  const socket: TestBrowser = io(proxy.url, { path, auth, transports, reconnection: false, forceNew: true })
  dialled.push(socket)
  return socket
}

async function guest(transports?: string[]): Promise<TestBrowser> {
  const socket = dial(BROWSER_PATH, { token: guestToken }, transports)
  await heard(socket, 'welcome')
  return socket
}

/** As another process does it: the relay is not told. */
function revokeGuest(): void {
  const db = new DatabaseSync(`${relay.dataDir}/farhand.db`, { timeout: 2_000 })
  db.exec(`delete from tokens where name = 'guest'`)
  db.close()
}

/** A session whose agent says more and more until it is told to stop. */
async function stream(data: string) {
  const agent = await openAgent(relay)
  const owner = await relay.openBrowser()
  const said = ok(await owner.emitWithAck('execute_command', { projectId: PROJECT_ID, command: 'go' }))
  let n = 0
  let stopped = false
  const going = (async () => {
    while (!stopped) {
      agent.socket.emit('command_response', responseOf({ ...said, n: ++n, data }))
      await pause(5)
    }
  })()
  return {
    said,
    owner,
    n: () => n,
    stop: async () => {
      stopped = true
      await going
    },
  }
}

describe('[F83] [CON6] a right that ends in the middle of a stream', () => {
  test.each([['websocket'], ['polling']])('nothing comes a second later, by %s', async (transport) => {
    const session = await stream('x')
    const reader = await guest([transport])
    ok(await reader.emitWithAck('subscribe', { sessionId: session.said.sessionId }))
    const seen = collect(reader)
    await until(() => seen.length > 5)
    revokeGuest()
    await lived(BOUND_MS)
    const [bytes, entries] = [proxy.received(), seen.length]
    await pause(300)
    expect([proxy.received(), seen.length]).toEqual([bytes, entries])
    expect(reader.connected).toBe(false)
    await session.stop()
  })

  test('nor from what was written before and not yet taken', async () => {
    const session = await stream('x'.repeat(300_000))
    const reader = await guest()
    ok(await reader.emitWithAck('subscribe', { sessionId: session.said.sessionId }))
    proxy.stall()
    const from = session.n()
    await until(() => session.n() > from + 60)
    revokeGuest()
    await lived(BOUND_MS)
    await session.stop()
    const bytes = proxy.received()
    proxy.go() // what the proxy's own kernel has taken is with the reader already; the relay has nothing left to give
    await pause(300)
    expect(proxy.received() - bytes).toBeLessThan(8_000_000)
    expect(wires.size).toBeLessThanOrEqual(2) // the agent's and the owner's
  })

  test('nor of what is being answered over HTTP', async () => {
    const session = await stream(randomBytes(150_000).toString('hex'))
    await until(() => session.n() > 80)
    await session.stop()
    const address = `${proxy.url}/api/sessions/${session.said.sessionId}/stream`
    const answer = await fetch(address, { headers: { Authorization: `Bearer ${guestToken}` } })
    proxy.stall()
    await pause(200)
    const before = wires.size
    revokeGuest()
    await lived(BOUND_MS)
    expect(wires.size).toBe(before - 1)
    await answer.body?.cancel()
  })

  test('an agent’s right ends in the same time', async () => {
    const helper = await openSqliteStore({ dataDir: relay.dataDir, exclusive: false })
    const { token } = await createTokens({ store: helper, clock: Date, randomBytes }).create('agent', 'guest')
    await helper.close()
    const agent = dial(AGENT_PATH, { token, agentId: randomUUID(), connNo: 1, protocol: PROTOCOL_VERSION })
    await heard(agent, 'connect')
    const gone = heard(agent, 'disconnect')
    revokeGuest()
    await withinLived(gone, 'the agent is still there', BOUND_MS)
  })
})

test('[F84] [CON6] the next event after a right ended is refused, whatever it is', async () => {
  const session = await stream('x')
  await session.stop()
  const reader = await guest()
  const { sessionId } = session.said
  revokeGuest()
  await pause(400) // what is remembered of a credential is this old at most
  const answers = await Promise.all([
    answerOf(reader.emitWithAck('read', { sessionId, after: 0, limit: 1 })),
    answerOf(reader.emitWithAck('execute_command', { projectId: PROJECT_ID, command: 'mine' })),
  ])
  for (const answer of answers) expect(['UNAUTHENTICATED', 'gone']).toContain(answer)
  const { entries } = ok(await session.owner.emitWithAck('subscribe', { sessionId, after: 0 }))
  expect(entries.map((entry) => entry.response)).not.toContain('mine')
})

/** The code of a refusal; a socket that is closed, before or with another's refusal, answers nothing. */
async function answerOf(answer: Promise<{ ok: boolean; error?: { code: string } }>): Promise<string> {
  const gone = (): string => 'gone'
  const told = answer.then(({ error }) => error?.code ?? 'ok', gone)
  return await Promise.race([told, pause(500).then(gone)])
}

test('[CON2] of a link that is half-open nothing is left soon after the relay has given it up', async () => {
  const reader = await guest()
  expect(wires.size).toBe(1)
  const gone = Promise.all([...wires].map((wire) => new Promise((resolve) => wire.once('close', resolve))))
  proxy.stall()
  revokeGuest() // gives it up at once; a ping that is not answered does it after its time
  await withinLived(gone, 'the TCP connection is still there', HALF_OPEN_BOUND_MS)
  expect(wires.size).toBe(0)
  expect(reader.connected).toBe(true) // it was told nothing
})
