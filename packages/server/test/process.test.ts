import { randomUUID } from 'node:crypto'
import { PROTOCOL_VERSION, type Entry } from '@farhand/shared'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { AGENT_ID, PROJECT_ID, collect, getJson, heard, helloOf, ok, pause, responseOf, until } from './harness.ts'
import { relayProcess, type RelayProcess } from './process.ts'

let relay: RelayProcess
beforeEach(() => {
  relay = relayProcess()
})
afterEach(() => relay.close())

async function openAgent(connNo = 1) {
  const socket = relay.agent({ agentId: AGENT_ID, connNo, protocol: PROTOCOL_VERSION })
  socket.on('agent_command', (_input, ack) => ack({ ok: true }))
  await heard(socket, 'connect')
  const acked = new Map<string, number>()
  socket.on('ack_responses', ({ sessionId, n }) => void acked.set(sessionId, n))
  return { socket, acked, answer: ok(await socket.emitWithAck('agent_hello', helloOf({ connNo }))) }
}

async function openBrowser() {
  const socket = relay.browser()
  await heard(socket, 'welcome')
  return socket
}

describe('[F35] a relay that stands still', () => {
  const READERS = 12
  const STOPPED_MS = 3_000

  test('loses nobody, goes on, and says so', async () => {
    await relay.start([], { WS_HEARTBEAT_INTERVAL: '1000' })
    const agent = await openAgent()
    const browser = await openBrowser()
    const said = ok(await browser.emitWithAck('execute_command', { projectId: PROJECT_ID, command: 'go' }))
    const readers = await Promise.all(Array.from({ length: READERS }, openBrowser))
    const seen: Entry[][] = readers.map((reader) => collect(reader))
    for (const reader of readers) ok(await reader.emitWithAck('subscribe', { sessionId: said.sessionId }))
    relay.child().kill('SIGSTOP')
    for (let n = 1; n <= 100; n++) agent.socket.emit('command_response', responseOf({ ...said, n }))
    await pause(STOPPED_MS)
    relay.child().kill('SIGCONT')
    await until(() => seen.every((entries) => entries.at(-1)?.seq === 101), 'it did not go on')
    await pause(1_500) // a heartbeat
    for (const socket of [agent.socket, browser, ...readers]) expect(socket.connected).toBe(true)
    await until(() => relay.logs().includes('the process stood still'), 'it was not told')
    const told = /"maxMs":(\d+)[^\n]*stood still/.exec(relay.logs())?.[1]
    expect(Number(told)).toBeGreaterThanOrEqual(STOPPED_MS - 500)
    expect(await getJson(`${relay.url()}/readyz`)).toMatchObject({
      status: 200,
      body: { eventLoop: { maxMs: expect.any(Number) }, storage: { damaged: false } },
    })
  })
})

describe('[F36] a relay with little memory', () => {
  const HEAP_FLAG = '--max-old-space-size=64'
  const LARGE = 'x'.repeat(500_000)

  /** A browser's socket that stops reading what comes. */
  function stall(socket: Awaited<ReturnType<typeof openBrowser>>): void {
    const transport = socket.io.engine.transport as unknown as { ws: { _socket: { pause(): void } } }
    transport.ws._socket.pause()
  }

  test('stays up with more large entries and slow readers than fit into it', { timeout: 60_000 }, async () => {
    await relay.start([HEAP_FLAG])
    const agent = await openAgent()
    const quick = await openBrowser()
    const said = ok(await quick.emitWithAck('execute_command', { projectId: PROJECT_ID, command: 'go' }))
    const slow = await Promise.all(Array.from({ length: 6 }, openBrowser))
    for (const reader of slow) {
      ok(await reader.emitWithAck('subscribe', { sessionId: said.sessionId }))
      stall(reader)
    }
    const total = 150 // 75 MB, more than the heap, for each of seven readers
    for (let n = 1; n <= total; n++) {
      agent.socket.emit('command_response', responseOf({ ...said, n, data: LARGE }))
      await until(() => (agent.acked.get(said.sessionId) ?? 0) >= n - 8, `it stopped at ${n}`, 20_000)
    }
    await until(() => agent.acked.get(said.sessionId) === total)
    const page = ok(await quick.emitWithAck('read', { sessionId: said.sessionId, after: 0, limit: 500 }))
    expect(page.entries.length).toBeGreaterThan(1)
    expect(relay.child().exitCode).toBeNull()
  })

  test('keeps what it acknowledged when the memory runs out all the same', async () => {
    // Memory that something else in the process takes for good, beginning with a signal.
    const eater = `process.on('SIGUSR2', () => { const kept = []; setInterval(() => {
      for (let i = 0; i < 200; i++) kept.push(Array.from({ length: 2000 }, Math.random)) }, 1) })`
    const preload = `data:text/javascript,${encodeURIComponent(eater)}`
    await relay.start([HEAP_FLAG, '--import', preload])
    const agent = await openAgent()
    const browser = await openBrowser()
    const sessionId = randomUUID()
    const acknowledged: string[] = []
    let n = 0
    const commandId = randomUUID()
    ok(await browser.emitWithAck('execute_command', { projectId: PROJECT_ID, command: 'go', sessionId, commandId }))
    const end = relay.ended()
    let isRunningOut = false
    while (agent.socket.connected && browser.connected) {
      agent.socket.emit('command_response', responseOf({ sessionId, commandId, n: ++n }))
      browser.emit(
        'execute_command',
        { projectId: PROJECT_ID, command: `c${n}`, sessionId: randomUUID() },
        (answer) => {
          if (answer.ok) acknowledged.push(answer.sessionId)
        },
      )
      await pause(2)
      // In the middle of it: how much is acknowledged after that depends on how fast the memory runs out.
      if (!isRunningOut && acknowledged.length > 0) relay.child().kill('SIGUSR2')
      isRunningOut = acknowledged.length > 0
    }
    expect((await end).signal).toBe('SIGABRT')
    expect(relay.logs()).toContain('heap out of memory')
    expect(acknowledged.length).toBeGreaterThan(0)

    await relay.start()
    const back = await openBrowser()
    for (const one of [sessionId, ...acknowledged.slice(-50)]) {
      expect(ok(await back.emitWithAck('read', { sessionId: one, after: 0, limit: 1 })).entries).toHaveLength(1)
    }
    const again = await openAgent(2)
    const held = again.answer.sessions.find((session) => session.sessionId === sessionId)?.lastN ?? 0
    expect(held).toBeGreaterThanOrEqual(agent.acked.get(sessionId) ?? 0)
  })
})
