import { createHash, randomUUID } from 'node:crypto'
import { FarhandError, MAX_RESPONSES_BYTES, type AgentCommand, type WireError } from '@farhand/shared'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  AGENT_ID,
  PROJECT_ID,
  codeOf,
  collect,
  heard,
  helloOf,
  ok,
  openAgent,
  pause,
  responseOf,
  startRelay,
  until,
  type Relay,
} from '../../test/harness.ts'

/** Longer than the pause after which lost responses are asked for. */
const ASKED_AGAIN_MS = 1_500

let relay: Relay
beforeEach(async () => {
  relay = await startRelay()
})
afterEach(() => relay.close())

/** An agent with one accepted command. */
async function openRun() {
  const agent = await openAgent(relay)
  const browser = await relay.openBrowser()
  const sent = ok(await browser.emitWithAck('execute_command', { projectId: PROJECT_ID, command: 'go' }))
  return { agent, browser, said: { sessionId: sent.sessionId, commandId: sent.commandId } }
}

describe('hello', () => {
  test('[AG1] an older or repeated connection number is refused and the present connection stays', async () => {
    const current = await openAgent(relay, { connNo: 5 })
    for (const connNo of [4, 5]) {
      const late = relay.agent({ connNo })
      await heard(late, 'connect')
      expect(codeOf(await late.emitWithAck('agent_hello', helloOf({ connNo })))).toBe('FENCED')
    }
    expect(current.socket.connected).toBe(true)
  })

  test('[AG2] a newer connection fences the old one, which then is gone', async () => {
    const { agent, browser } = await openRun()
    const fenced = heard(agent.socket, 'fenced')
    const gone = heard(agent.socket, 'disconnect')
    const next = await openAgent(relay, { connNo: 2 })
    expect(await fenced).toMatchObject({ epoch: next.answer.epoch })
    await gone
    expect(next.answer.epoch).toBe(agent.answer.epoch + 1)
    expect(ok(await browser.emitWithAck('list_projects', {})).projects).toMatchObject([{ online: true }])
  })

  test('[AG2] what the old one had said, and was not looked at yet when it was fenced, is not stored', async () => {
    let held: (() => void)[] | undefined
    await relay.close()
    relay = await startRelay({
      around: (store) => ({
        ...store,
        tokenExists: async (tokenId) => {
          if (held !== undefined) await new Promise<void>((resolve) => held?.push(resolve))
          return await store.tokenExists(tokenId)
        },
      }),
    })
    const token = 'fha_of-the-old-one-0123456789abcdef'
    const hash = createHash('sha256').update(token).digest('hex')
    await relay.store.createToken({ tokenId: 'old', role: 'agent', name: 'old', hash }, 1)
    const agent = await openAgent(relay, { token })
    const browser = await relay.openBrowser()
    const said = ok(await browser.emitWithAck('execute_command', { projectId: PROJECT_ID, command: 'go' }))
    held = []
    await until(() => held !== undefined && held.length > 0) // what is said from now on waits for its token
    agent.socket.emit('command_response', responseOf({ ...said, n: 1, data: 'late' }))
    const next = await openAgent(relay, { connNo: 2 })
    const waiting = held
    held = undefined
    for (const go of waiting) go()
    next.socket.emit('command_response', responseOf({ ...said, n: 1, data: 'mine' }))
    expect(await heard(next.socket, 'ack_responses')).toMatchObject({ n: 1 })
    const page = ok(await browser.emitWithAck('read', { sessionId: said.sessionId, after: 1, limit: 10 }))
    expect(page.entries.map((entry) => entry.response)).toEqual(['mine'])
  })

  test('[AG3] a second agent for the same project gets AGENT_CONFLICT', async () => {
    await openAgent(relay)
    const agentId = randomUUID()
    const second = relay.agent({ agentId })
    await heard(second, 'connect')
    expect(codeOf(await second.emitWithAck('agent_hello', helloOf({ agentId })))).toBe('AGENT_CONFLICT')
  })

  test('[CON1] another protocol is UPGRADE_REQUIRED, a wrong token UNAUTHENTICATED, another id BAD_REQUEST', async () => {
    const old = await heard<{ data: WireError }>(relay.agent({ protocol: 999 }), 'connect_error')
    expect(old.data.code).toBe('UPGRADE_REQUIRED')
    const wrong = await heard<{ data: WireError }>(relay.agent({ token: 'x'.repeat(40) }), 'connect_error')
    expect(wrong.data).toMatchObject({ code: 'UNAUTHENTICATED', retryable: false })
    const none = await heard<{ data: WireError }>(relay.agent({ agentId: 'not-an-id' }), 'connect_error')
    expect(none.data.code).toBe('UNAUTHENTICATED')
    const socket = relay.agent()
    await heard(socket, 'connect')
    expect(codeOf(await socket.emitWithAck('agent_hello', helloOf({ agentId: randomUUID() })))).toBe('BAD_REQUEST')
    expect(codeOf(await socket.emitWithAck('agent_hello', helloOf({ protocol: 999 })))).toBe('UPGRADE_REQUIRED')
  })

  test('[CON1] what comes before the hello ends the connection', async () => {
    const socket = relay.agent()
    await heard(socket, 'connect')
    const gone = heard(socket, 'disconnect')
    socket.emit('command_response', responseOf({ sessionId: randomUUID(), commandId: randomUUID(), n: 1 }))
    expect(await heard(socket, 'goodbye')).toMatchObject({ code: 'BAD_REQUEST' })
    await gone
  })

  test('[CON1] a connection that says no hello is closed', { timeout: 10_000 }, async () => {
    const socket = relay.agent()
    await heard(socket, 'connect')
    await heard(socket, 'disconnect')
  })

  test('[AG4] the answer names how far each session got, so the agent goes on from there', async () => {
    const { agent, said } = await openRun()
    agent.socket.emit(
      'command_response',
      [1, 2, 3].map((n) => responseOf({ ...said, n })),
    )
    expect(await heard(agent.socket, 'ack_responses')).toEqual({ sessionId: said.sessionId, n: 3 })
    agent.socket.disconnect()
    await relay.restart()
    const back = await openAgent(relay, { connNo: 2, sessions: [{ sessionId: said.sessionId, lastN: 5 }] })
    expect(back.answer.sessions).toEqual([{ sessionId: said.sessionId, lastN: 3 }])
  })
})

describe('responses', () => {
  test('[LOG2] a repeat is acknowledged and not stored again', async () => {
    const { agent, browser, said } = await openRun()
    const acks: number[] = []
    agent.socket.on('ack_responses', ({ n }) => acks.push(n))
    agent.socket.emit(
      'command_response',
      [1, 2].map((n) => responseOf({ ...said, n })),
    )
    await until(() => acks.includes(2))
    agent.socket.emit(
      'command_response',
      [1, 2, 3].map((n) => responseOf({ ...said, n })),
    )
    await until(() => acks.includes(3))
    expect(acks).toEqual([2, 3])
    const page = ok(await browser.emitWithAck('read', { sessionId: said.sessionId, after: 0, limit: 10 }))
    expect(page.entries.map((entry) => entry.response)).toEqual(['go', 'chunk 1', 'chunk 2', 'chunk 3'])
  })

  test('[LOG2] other content under a known n is DIVERGED and ends the connection', async () => {
    const { agent, said } = await openRun()
    agent.socket.emit('command_response', responseOf({ ...said, n: 1 }))
    await heard(agent.socket, 'ack_responses')
    const gone = heard(agent.socket, 'disconnect')
    agent.socket.emit('command_response', responseOf({ ...said, n: 1, data: 'other' }))
    expect(await heard(agent.socket, 'goodbye')).toMatchObject({ code: 'DIVERGED' })
    await gone
  })

  test('[LOG5] a second end of a command is DIVERGED', async () => {
    const { agent, said } = await openRun()
    const end = { kind: 'run_finished', data: '{}', isComplete: true }
    agent.socket.emit('command_response', [
      responseOf({ ...said, n: 1, ...end }),
      responseOf({ ...said, n: 2, ...end }),
    ])
    expect(await heard(agent.socket, 'goodbye')).toMatchObject({ code: 'DIVERGED' })
  })

  test('[AG4] missing numbers are asked for, once, from the last that is held', async () => {
    const { agent, said } = await openRun()
    const gaps: unknown[] = []
    agent.socket.on('gap', (gap) => gaps.push(gap))
    agent.socket.emit('command_response', responseOf({ ...said, n: 1 }))
    for (const n of [3, 4, 5]) agent.socket.emit('command_response', responseOf({ ...said, n }))
    await until(() => gaps.length > 0)
    await pause(100)
    expect(gaps).toEqual([{ sessionId: said.sessionId, lastN: 1 }])
    agent.socket.emit(
      'command_response',
      [2, 3, 4, 5].map((n) => responseOf({ ...said, n })),
    )
    expect(await heard(agent.socket, 'ack_responses')).toMatchObject({ n: 5 })
  })

  test('an agent writes only into sessions of its own projects', async () => {
    const { said } = await openRun()
    const stranger = await openAgent(relay, { agentId: randomUUID(), projects: [] })
    stranger.socket.emit('command_response', responseOf({ ...said, n: 1 }))
    expect(await heard(stranger.socket, 'goodbye')).toMatchObject({ code: 'NOT_FOUND' })
  })

  test('[CON7] more than fits into one message is refused', async () => {
    const { agent, said } = await openRun()
    const data = 'x'.repeat(MAX_RESPONSES_BYTES / 2 + 1)
    agent.socket.emit(
      'command_response',
      [1, 2].map((n) => responseOf({ ...said, n, data })),
    )
    expect(await heard(agent.socket, 'goodbye')).toMatchObject({ code: 'TOO_LARGE' })
  })

  test('[LOG4] pipelined messages stay in order for every observer', async () => {
    const { agent, browser, said } = await openRun()
    const entries = collect(browser)
    const total = 640
    for (let n = 1; n <= total; n += 16) {
      agent.socket.emit(
        'command_response',
        Array.from({ length: 16 }, (_, index) => responseOf({ ...said, n: n + index })),
      )
    }
    await until(() => entries.at(-1)?.seq === total + 1)
    const seqs = entries.map((entry) => entry.seq).filter((seq) => seq > 1)
    expect(seqs).toEqual(Array.from({ length: total }, (_, index) => index + 2))
  })

  test('[LOG2] what is right among messages that are read together is stored, though the last one is not', async () => {
    const { agent, browser, said } = await openRun()
    const gone = heard(agent.socket, 'disconnect')
    for (const n of [1, 2]) agent.socket.emit('command_response', responseOf({ ...said, n }))
    agent.socket.emit('command_response', { ...responseOf({ ...said, n: 3 }), kind: 'Not a kind' })
    await gone
    const page = ok(await browser.emitWithAck('read', { sessionId: said.sessionId, after: 1, limit: 10 }))
    expect(page.entries.map(({ seq }) => seq)).toEqual([2, 3])
  })
})

describe('handing over', () => {
  test('[CMD3] inputs of a session come in order, the next after the acknowledgement of the one before', async () => {
    const socket = relay.agent()
    const open: { input: AgentCommand; ack: (answer: { ok: true }) => void }[] = []
    socket.on('agent_command', (input, ack) => open.push({ input, ack }))
    await heard(socket, 'connect')
    ok(await socket.emitWithAck('agent_hello', helloOf()))
    const browser = await relay.openBrowser()
    const { sessionId } = ok(await browser.emitWithAck('execute_command', { projectId: PROJECT_ID, command: 'one' }))
    const second = ok(
      await browser.emitWithAck('execute_command', { projectId: PROJECT_ID, command: 'two', sessionId }),
    )
    await until(() => open.length === 1)
    await pause(50)
    expect(open.map(({ input }) => input.command)).toEqual(['one'])
    ok(await browser.emitWithAck('send_input', { sessionId, kind: 'cancel', data: '{}', key: second.commandId }))
    await until(() => open.length === 2)
    expect(open[1]?.input).toMatchObject({ kind: 'cancel', key: second.commandId })
    open[0]?.ack({ ok: true })
    await until(() => open.length === 3)
    expect(open[2]?.input).toMatchObject({ kind: 'command', command: 'two', seq: 2 })
  })

  test(
    '[CMD3] an input that is not acknowledged comes again, on the same connection and on the next',
    { timeout: 20_000 },
    async () => {
      const socket = relay.agent()
      const seen: string[] = []
      socket.on('agent_command', (input) => seen.push(input.inputId)) // never acknowledged
      await heard(socket, 'connect')
      ok(await socket.emitWithAck('agent_hello', helloOf()))
      const browser = await relay.openBrowser()
      const { commandId } = ok(await browser.emitWithAck('execute_command', { projectId: PROJECT_ID, command: 'x' }))
      await until(() => seen.length === 2, 'it was not sent again', 12_000)
      expect(seen).toEqual([commandId, commandId])
      socket.disconnect()
      const next = await openAgent(relay, { connNo: 2 })
      await until(() => next.inputs.length === 1)
      expect(next.inputs[0]?.inputId).toBe(commandId)
    },
  )

  test('[CMD2] everything is handed over after a restart of the relay', async () => {
    const agent = await openAgent(relay)
    agent.socket.disconnect()
    const browser = await relay.openBrowser()
    const commands = ['a', 'b', 'c']
    const { sessionId } = ok(await browser.emitWithAck('execute_command', { projectId: PROJECT_ID, command: 'first' }))
    for (const command of commands) {
      ok(
        await browser.emitWithAck('execute_command', {
          projectId: PROJECT_ID,
          command,
          sessionId,
          options: { model: 'opus' },
        }),
      )
    }
    await relay.restart()
    const back = await openAgent(relay, { connNo: 2 })
    expect(back.answer.inputs.map((input) => input.command)).toEqual(['first', ...commands])
    await until(() => back.inputs.length === 4)
    expect(back.inputs.map((input) => input.command)).toEqual(['first', ...commands])
    expect(back.inputs[1]).toMatchObject({
      options: { model: 'opus' },
      author: { name: 'Owner' },
      projectId: PROJECT_ID,
    })
  })

  test('a garbled acknowledgement is none, and ends nothing', async () => {
    const socket = relay.agent()
    const acks = [null, 'yes', [], { ok: 'maybe' }, { ok: false }, { ok: false, error: 5 }]
    socket.on('agent_command', (_input, ack) => ack(acks.shift() as never))
    await heard(socket, 'connect')
    ok(await socket.emitWithAck('agent_hello', helloOf()))
    const browser = await relay.openBrowser()
    for (let left = acks.length; left > 0; left--) {
      ok(await browser.emitWithAck('execute_command', { projectId: PROJECT_ID, command: 'x' }))
    }
    await until(() => acks.length === 0)
    expect(ok(await browser.emitWithAck('list_projects', {})).projects).toMatchObject([
      { agentId: AGENT_ID, online: true },
    ])
  })
})

test('[AG4] what a failed commit lost is not asked for any more once it came again and was acknowledged', async () => {
  await relay.close()
  let failing = false
  relay = await startRelay({
    around: (store) => ({
      ...store,
      append: async (items, now) => {
        if (failing) throw new FarhandError('STORAGE_UNAVAILABLE')
        return await store.append(items, now)
      },
    }),
  })
  const { agent, said } = await openRun()
  const acks: number[] = []
  const gaps: number[] = []
  agent.socket.on('ack_responses', ({ n }) => void acks.push(n))
  agent.socket.on('gap', ({ lastN }) => void gaps.push(lastN))
  failing = true
  agent.socket.emit('command_response', responseOf({ ...said, n: 1, data: 'once' }))
  await until(() => relay.logs.some((line) => line.includes('responses could not be stored')))
  failing = false
  agent.socket.emit('command_response', responseOf({ ...said, n: 1, data: 'once' }))
  await until(() => acks.length > 0)
  await pause(ASKED_AGAIN_MS)
  expect(gaps).toEqual([])
})
