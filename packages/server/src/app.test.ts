import { randomBytes } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  AGENT_ID,
  PROJECT_ID,
  collect,
  heard,
  ok,
  openAgent,
  pause,
  responseOf,
  startRelay,
  until,
  within,
  withinLived,
  type Relay,
} from '../test/harness.ts'
import { createTokens, openSqliteStore } from './index.ts'

const RIGHTS_END_MS = 1_000

let relay: Relay
beforeEach(async () => {
  relay = await startRelay()
})
afterEach(() => relay.close())

describe('a restart', () => {
  test('says goodbye, and keeps everything that was acknowledged', async () => {
    const agent = await openAgent(relay)
    const browser = await relay.openBrowser()
    const sent = ok(await browser.emitWithAck('execute_command', { projectId: PROJECT_ID, command: 'go' }))
    const said = { sessionId: sent.sessionId, commandId: sent.commandId }
    let acked = 0
    agent.socket.on('ack_responses', ({ n }) => (acked = n))
    const stream = (async () => {
      for (let n = 1; n <= 400 && agent.socket.connected; n++) {
        agent.socket.emit('command_response', responseOf({ ...said, n }))
        if (n % 10 === 0) await pause(1)
      }
    })()
    const { logEpoch } = ok(await browser.emitWithAck('subscribe', { sessionId: said.sessionId }))
    const goodbyes = [heard(browser, 'goodbye'), heard(agent.socket, 'goodbye')]
    const gone = [heard(browser, 'disconnect'), heard(agent.socket, 'disconnect')]
    await pause(30)
    await within(relay.restart(), 'the restart took too long')
    for (const goodbye of await Promise.all(goodbyes))
      expect(goodbye).toMatchObject({ code: 'RESTARTING', retryAfterMs: 500 })
    await Promise.all([...gone, stream])

    const back = await relay.openBrowser()
    const page = ok(await back.emitWithAck('subscribe', { sessionId: said.sessionId, after: 0 }))
    expect(page.logEpoch).toBe(logEpoch)
    expect(page.head).toBeGreaterThanOrEqual(acked + 1)
    expect(page.entries.map((entry) => entry.seq)).toEqual(page.entries.map((_, index) => index + 1))
    const again = await openAgent(relay, { connNo: 2 })
    expect(again.answer.sessions).toEqual([{ sessionId: said.sessionId, lastN: page.head - 1 }])
    expect(again.answer.epoch).toBe(2)
  })

  test('closing twice is closing once, and takes no longer than it must', async () => {
    await relay.openBrowser()
    const stream = fetch(`${relay.url}/api/sessions/00000000-0000-4000-8000-0000000000c1/stream`)
    await stream
    const from = performance.now()
    await Promise.all([relay.app.close(), relay.app.close()])
    expect(performance.now() - from).toBeLessThan(2_000)
    relay = await startRelay()
  })
})

test('[CON4] a connection that the system could not give is logged, and ends nothing', () => {
  relay.app.http.emit('error', Object.assign(new Error('accept EMFILE'), { code: 'EMFILE' }))
  expect(relay.logs.join('')).toContain('a connection could not be taken')
})

test('[CON6] a token that is removed beside the running relay ends its connections within a second', async () => {
  const helper = await openSqliteStore({ dataDir: relay.dataDir, exclusive: false })
  const { token } = await createTokens({ store: helper, clock: Date, randomBytes }).create('owner', 'guest')
  const socket = relay.browser({ token })
  expect(await heard(socket, 'welcome')).toMatchObject({ user: { name: 'guest' } })
  const other = await relay.openBrowser()
  const db = new DatabaseSync(`${relay.dataDir}/farhand.db`, { timeout: 2_000 })
  const gone = heard(socket, 'disconnect')
  db.exec(`delete from tokens where name = 'guest'`)
  await withinLived(gone, 'it is still connected', RIGHTS_END_MS)
  expect(other.connected).toBe(true)
  db.close()
  await helper.close()
})

describe('slow readers', () => {
  /** A browser's socket that stops reading what comes. */
  function stall(socket: Awaited<ReturnType<Relay['openBrowser']>>): { go: () => void } {
    const transport = socket.io.engine.transport as unknown as { ws: { _socket: { pause(): void; resume(): void } } }
    transport.ws._socket.pause()
    return { go: () => transport.ws._socket.resume() }
  }

  test(
    '[SUB7] one that stops reading delays nobody, is not piled up for, and goes on from its cursor',
    { timeout: 30_000 },
    async () => {
      const agent = await openAgent(relay)
      const [slow, quick] = [await relay.openBrowser(), await relay.openBrowser()]
      const sent = ok(await quick.emitWithAck('execute_command', { projectId: PROJECT_ID, command: 'go' }))
      const said = { sessionId: sent.sessionId, commandId: sent.commandId }
      ok(await slow.emitWithAck('subscribe', { sessionId: said.sessionId }))
      const [slowSaw, quickSaw] = [collect(slow), collect(quick)]
      const { go } = stall(slow)
      const total = 120
      const data = 'x'.repeat(200_000)
      for (let n = 1; n <= total; n++) {
        agent.socket.emit('command_response', responseOf({ ...said, n, data }))
        await until(() => quickSaw.at(-1)?.seq === n + 1)
      }
      let head: number | undefined
      slow.on('heads', ({ heads }) => (head = heads[said.sessionId]))
      go()
      await until(() => head === total + 1) // behind heads that were told before it was slow
      const cursor = slowSaw.at(-1)?.seq ?? 1
      // What was kept for the slow one, in the relay and in the kernel, is bounded: far below the 24 MB that were said.
      expect(cursor * data.length).toBeLessThan(16_000_000)
      expect(slowSaw.map((entry) => entry.seq)).toEqual(slowSaw.map((_, index) => index + 2))
      let after = cursor
      while (after < total + 1) after = ok(await slow.emitWithAck('subscribe', { sessionId: said.sessionId, after })).to
      agent.socket.emit('command_response', responseOf({ ...said, n: total + 1 }))
      await until(() => slowSaw.at(-1)?.seq === total + 2)
    },
  )
})

test('the presence of an agent that never came is away, by its name', async () => {
  const agent = await openAgent(relay)
  agent.socket.disconnect()
  await relay.restart()
  const browser = await relay.openBrowser()
  const { agent: presence, project } = ok(await browser.emitWithAck('watch_project', { projectId: PROJECT_ID }))
  expect(presence).toMatchObject({ agentId: AGENT_ID, name: 'laptop', host: 'laptop.local', online: false })
  expect(project.online).toBe(false)
})
