import { randomUUID } from 'node:crypto'
import { MAX_COMMAND_BYTES, PROTOCOL_VERSION } from '@farhand/shared'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  PROJECT_ID,
  codeOf,
  collect,
  handedOver,
  heard,
  ids,
  ok,
  openAgent,
  pause,
  responseOf,
  startRelay,
  until,
  type Relay,
} from '../../test/harness.ts'

let relay: Relay
beforeEach(async () => {
  relay = await startRelay()
})
afterEach(() => relay.close())

describe('commands', () => {
  test('[CON1] welcome is the first thing that a browser hears', async () => {
    const socket = relay.browser()
    const first = new Promise((resolve) => socket.onAny((event) => resolve(event)))
    const welcome = await heard<{ protocol: number; user: object }>(socket, 'welcome')
    expect(await first).toBe('welcome')
    expect(welcome).toMatchObject({ protocol: PROTOCOL_VERSION, user: { name: 'Owner' }, limits: { pageEntries: 500 } })
  })

  test('a client that knows only two events sees its whole run', async () => {
    const agent = await openAgent(relay)
    const browser = await relay.openBrowser()
    const entries = collect(browser)
    browser.emit('execute_command', { projectId: PROJECT_ID, command: 'hello' }, () => {})
    await until(() => agent.inputs.length === 1)
    const [input] = agent.inputs
    if (input === undefined) throw new Error('no input')
    expect(input).toMatchObject({ kind: 'command', command: 'hello', options: {}, projectId: PROJECT_ID, seq: 1 })
    const said = { sessionId: input.sessionId, commandId: input.inputId }
    agent.socket.emit('command_response', responseOf({ ...said, n: 1 }))
    agent.socket.emit('command_response', [
      responseOf({ ...said, n: 2 }),
      responseOf({ ...said, n: 3, kind: 'run_finished', data: '{}', isComplete: true }),
    ])
    await until(() => entries.length === 4)
    expect(entries.map(({ seq, prev, kind, status }) => ({ seq, prev, kind, status }))).toEqual([
      { seq: 1, prev: 0, kind: 'command', status: 'streaming' },
      { seq: 2, prev: 1, kind: 'text', status: 'streaming' },
      { seq: 3, prev: 2, kind: 'text', status: 'streaming' },
      { seq: 4, prev: 3, kind: 'run_finished', status: 'complete' },
    ])
    expect(entries[0]?.author?.name).toBe('Owner')
  })

  test('[LOG2] the same command again gets the first answer, another body under its id is a conflict', async () => {
    await openAgent(relay)
    const browser = await relay.openBrowser()
    const command = { projectId: PROJECT_ID, command: 'once', commandId: randomUUID() }
    const first = ok(await browser.emitWithAck('execute_command', command))
    const again = ok(await browser.emitWithAck('execute_command', command))
    expect(again).toEqual(first)
    expect(codeOf(await browser.emitWithAck('execute_command', { ...command, command: 'other' }))).toBe(
      'IDEMPOTENCY_CONFLICT',
    )
    const page = ok(await browser.emitWithAck('read', { sessionId: first.sessionId, after: 0, limit: 10 }))
    expect(page.entries).toHaveLength(1)
  })

  test('[LOG3] the acknowledgement comes before the entry', async () => {
    await openAgent(relay)
    const browser = await relay.openBrowser()
    const order: string[] = []
    browser.on('command_result', () => order.push('entry'))
    browser.emit('execute_command', { projectId: PROJECT_ID, command: 'hi' }, () => order.push('ack'))
    await until(() => order.length === 2)
    expect(order).toEqual(['ack', 'entry'])
  })

  test('refusals have codes: missing project, foreign session, too large, directory outside', async () => {
    const agent = await openAgent(relay)
    const other = randomUUID()
    await openAgent(relay, {
      agentId: randomUUID(),
      projects: [{ projectId: other, name: 'other', path: '/srv/other' }],
    })
    const browser = await relay.openBrowser()
    const { sessionId } = ok(await browser.emitWithAck('execute_command', { projectId: PROJECT_ID, command: 'x' }))
    const codes = [
      await browser.emitWithAck('execute_command', { projectId: randomUUID(), command: 'x' }),
      await browser.emitWithAck('execute_command', { projectId: other, command: 'x', sessionId }),
      await browser.emitWithAck('execute_command', {
        projectId: PROJECT_ID,
        command: 'é'.repeat(MAX_COMMAND_BYTES / 2 + 1),
      }),
      await browser.emitWithAck('execute_command', {
        projectId: PROJECT_ID,
        command: 'x',
        workingDirectory: '../demo-evil',
      }),
      await browser.emitWithAck('execute_command', { projectId: PROJECT_ID, command: 'x', workingDirectory: 'a\0b' }),
      await browser.emitWithAck('execute_command', { projectId: PROJECT_ID, command: 'x', expiresAt: Date.now() - 1 }),
    ].map(codeOf)
    expect(codes).toEqual(['NOT_FOUND', 'NOT_FOUND', 'TOO_LARGE', 'CWD_FORBIDDEN', 'BAD_REQUEST', 'EXPIRED'])
    // Nothing is stored and nothing is started: the log and the agent know of the first command alone.
    expect(ok(await browser.emitWithAck('subscribe', { sessionId })).head).toBe(1)
    const { sessions } = ok(await browser.emitWithAck('watch_project', { projectId: PROJECT_ID }))
    expect(sessions.map((session) => session.sessionId)).toEqual([sessionId])
    await pause(50)
    expect(agent.inputs).toHaveLength(1)
  })

  test('[CMD2] with the agent away a command waits, and is handed over on its return', async () => {
    const first = await openAgent(relay)
    first.socket.disconnect()
    const browser = await relay.openBrowser()
    const sent = ok(await browser.emitWithAck('execute_command', { projectId: PROJECT_ID, command: 'later' }))
    const second = await openAgent(relay, { connNo: 2 })
    expect(second.answer.inputs.map((input) => input.inputId)).toEqual([sent.commandId])
    await until(() => second.inputs.length === 1)
    expect(second.inputs[0]).toMatchObject({ inputId: sent.commandId, command: 'later' })
    await handedOver(relay, sent)
    second.socket.disconnect()
    const third = await openAgent(relay, { connNo: 3 })
    const { sessionId } = sent
    const next = ok(await browser.emitWithAck('execute_command', { projectId: PROJECT_ID, command: 'b', sessionId }))
    await until(() => third.inputs.length > 0)
    expect(third.inputs.map((input) => input.inputId)).toEqual([next.commandId])
  })

  test('[CMD2] a command that nobody took before expiresAt ends as EXPIRED', async () => {
    await relay.close()
    let now = Date.now()
    relay = await startRelay({ clock: { now: () => now } })
    const agent = await openAgent(relay)
    agent.socket.disconnect()
    const browser = await relay.openBrowser()
    const entries = collect(browser)
    const expiresAt = now + 300
    const sent = ok(await browser.emitWithAck('execute_command', { projectId: PROJECT_ID, command: 'x', expiresAt }))
    now = expiresAt
    await until(() => entries.length === 2)
    expect(entries[1]).toMatchObject({
      commandId: sent.commandId,
      kind: 'run_finished',
      status: 'error',
      code: 'EXPIRED',
    })
    expect(JSON.parse(entries[1]?.response ?? '')).toMatchObject({ error: { code: 'EXPIRED' }, durationMs: 0 })
    const back = await openAgent(relay, { connNo: 2 })
    expect(back.answer.inputs).toEqual([])
  })
})

test('[SUB2] over long polling alone a run is seen whole, once and in order, and a repeat is recognised', async () => {
  await relay.close()
  relay = await startRelay({ env: { ENABLE_WEBSOCKET: 'false' } })
  await heard(relay.browser(), 'connect_error')
  const agent = await openAgent(relay, {}, { transports: ['polling'] })
  const browser = await relay.openBrowser({ transports: ['polling'] })
  expect(browser.io.engine.transport.name).toBe('polling')
  const entries = collect(browser)
  const said = ids()
  const send = () => browser.emitWithAck('execute_command', { projectId: PROJECT_ID, command: 'go', ...said })
  expect(ok(await send())).toEqual(ok(await send()))
  await handedOver(relay, said)
  for (let n = 1; n <= 100; n += 1) agent.socket.emit('command_response', responseOf({ ...said, n }))
  await until(() => entries.length >= 101)
  expect(entries.map((entry) => entry.seq)).toEqual(Array.from({ length: 101 }, (_, index) => index + 1))
  expect(agent.inputs).toHaveLength(1)
})

test('logs hold ids and codes, never contents', async () => {
  const agent = await openAgent(relay)
  const browser = await relay.openBrowser()
  const secret = `canary-${randomUUID()}`
  const { sessionId, commandId } = ids()
  ok(await browser.emitWithAck('execute_command', { projectId: PROJECT_ID, command: secret, sessionId, commandId }))
  await browser.emitWithAck('execute_command', {
    projectId: PROJECT_ID,
    command: 5 as unknown as string,
    options: { model: secret },
  })
  agent.socket.emit('command_response', responseOf({ sessionId, commandId, n: 1, data: secret }))
  agent.socket.emit('command_response', responseOf({ sessionId, commandId, n: 1, data: `${secret} other` }))
  await heard(agent.socket, 'goodbye')
  expect(relay.logs.length).toBeGreaterThan(2)
  expect(relay.logs.join('')).not.toContain('canary-')
})
