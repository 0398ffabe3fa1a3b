import { randomUUID } from 'node:crypto'
import { MAX_COMMAND_BYTES, PROTOCOL_VERSION, type Entry, type ProjectUpdate } from '@farhand/shared'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  AGENT_ID,
  PROJECT_ID,
  codeOf,
  collect,
  heard,
  ids,
  ok,
  openAgent,
  pause,
  responseOf,
  startRelay,
  until,
  type Relay,
  type TestBrowser,
} from '../../test/harness.ts'

let relay: Relay
beforeEach(async () => {
  relay = await startRelay()
})
afterEach(() => relay.close())

const DIGEST = 'a'.repeat(64)

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
    await openAgent(relay)
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
    second.socket.disconnect()
    await pause(50)
    const third = await openAgent(relay, { connNo: 3 })
    await pause(100)
    expect(third.inputs).toEqual([])
  })

  test('[CMD2] a command that nobody took before expiresAt ends as EXPIRED', async () => {
    const agent = await openAgent(relay)
    agent.socket.disconnect()
    const browser = await relay.openBrowser()
    const entries = collect(browser)
    const expiresAt = Date.now() + 300
    const sent = ok(await browser.emitWithAck('execute_command', { projectId: PROJECT_ID, command: 'x', expiresAt }))
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

describe('reading', () => {
  /** A session with `count` entries from its agent after the prompt, in batches. */
  async function writeSession(count: number, part: (n: number) => Partial<Entry> = () => ({})) {
    const agent = await openAgent(relay)
    const browser = await relay.openBrowser()
    const sent = ok(await browser.emitWithAck('execute_command', { projectId: PROJECT_ID, command: 'go' }))
    let acked = 0
    agent.socket.on('ack_responses', ({ n }) => (acked = Math.max(acked, n)))
    for (let n = 1; n <= count; n += 64) {
      const batch = Array.from({ length: Math.min(64, count - n + 1) }, (_, index) => {
        const { key, final, kind } = part(n + index)
        return responseOf({
          ...sent,
          n: n + index,
          ...(key && { key }),
          ...(final && { final }),
          ...(kind && { kind }),
        })
      })
      agent.socket.emit('command_response', batch)
    }
    await until(() => acked === count)
    return { agent, browser, ...sent }
  }

  async function reader(): Promise<TestBrowser> {
    return await relay.openBrowser()
  }

  test('[SUB1] a subscription answers the first page, and live entries follow without a gap', async () => {
    const { agent, sessionId, commandId } = await writeSession(3)
    const socket = await reader()
    const live = collect(socket)
    const answer = ok(await socket.emitWithAck('subscribe', { sessionId }))
    expect(answer).toMatchObject({ head: 4, from: 0, to: 4 })
    expect(answer.entries.map((entry) => entry.seq)).toEqual([1, 2, 3, 4])
    agent.socket.emit('command_response', responseOf({ sessionId, commandId, n: 4 }))
    await until(() => live.length === 1)
    expect(live[0]).toMatchObject({ seq: 5, prev: 4 })
  })

  test('[SUB2] pages hold at most 500 entries, and the rest comes by read', async () => {
    const { sessionId } = await writeSession(700)
    const socket = await reader()
    const first = ok(await socket.emitWithAck('subscribe', { sessionId, after: 0 }))
    expect([first.from, first.to, first.head, first.entries.length]).toEqual([0, 500, 701, 500])
    const rest = ok(await socket.emitWithAck('read', { sessionId, after: first.to, limit: 500 }))
    expect([rest.from, rest.to, rest.entries.length]).toEqual([500, 701, 201])
    const all = [...first.entries, ...rest.entries].map((entry) => entry.seq)
    expect(all).toEqual(Array.from({ length: 701 }, (_, index) => index + 1))
  })

  test('[SUB3] a cursor above the head, or of another log, is answered with reset', async () => {
    const { sessionId } = await writeSession(3)
    const socket = await reader()
    const above = ok(await socket.emitWithAck('subscribe', { sessionId, after: 99, tail: 2 }))
    expect(above).toMatchObject({ reset: true, from: 2, to: 4 })
    const foreign = ok(await socket.emitWithAck('subscribe', { sessionId, after: 2, logEpoch: 'another' }))
    expect(foreign).toMatchObject({ reset: true, from: 0, to: 4 })
    const same = ok(await socket.emitWithAck('subscribe', { sessionId, after: 2, logEpoch: above.logEpoch }))
    expect(same.reset).toBeUndefined()
    expect(same.entries.map((entry) => entry.seq)).toEqual([3, 4])
  })

  test('[SUB5] tail answers the newest, older pages come by read', async () => {
    const { sessionId } = await writeSession(20)
    const socket = await reader()
    const tail = ok(await socket.emitWithAck('subscribe', { sessionId, tail: 5 }))
    expect(tail.entries.map((entry) => entry.seq)).toEqual([17, 18, 19, 20, 21])
    expect([tail.from, tail.to]).toEqual([16, 21])
    const older = ok(await socket.emitWithAck('read', { sessionId, before: 17, limit: 10 }))
    expect([older.from, older.to, older.entries.length]).toEqual([6, 16, 10])
    const oldest = ok(await socket.emitWithAck('read', { sessionId, before: 7, limit: 10 }))
    expect([oldest.from, oldest.to]).toEqual([0, 6])
  })

  test('[SUB6] final detail leaves deltas out and chains prev, in pages and live', async () => {
    // n: 1 2 deltas, 3 their record, 4 a tool, 5 delta …
    const kinds: Record<number, Partial<Entry>> = {
      1: { key: 'a' },
      2: { key: 'a' },
      3: { key: 'a', final: true },
      4: { kind: 'tool_started' },
      5: { key: 'b' },
    }
    const { agent, sessionId, commandId } = await writeSession(5, (n) => kinds[n] ?? {})
    const socket = await reader()
    const live = collect(socket)
    const answer = ok(await socket.emitWithAck('subscribe', { sessionId, after: 0, detail: 'final' }))
    expect(answer.entries.map(({ seq, prev }) => [seq, prev])).toEqual([
      [1, 0],
      [4, 1],
      [5, 4],
    ])
    expect([answer.from, answer.to, answer.head]).toEqual([0, 6, 6])
    agent.socket.emit('command_response', responseOf({ sessionId, commandId, n: 6, key: 'b' }))
    agent.socket.emit('command_response', responseOf({ sessionId, commandId, n: 7, key: 'b', final: true }))
    agent.socket.emit('command_response', responseOf({ sessionId, commandId, n: 8, key: 'c' }))
    agent.socket.emit('command_response', responseOf({ sessionId, commandId, n: 9, kind: 'notice', data: '{}' }))
    await until(() => live.length === 2)
    expect(live.map((entry) => entry.seq)).toEqual([8, 10])
    expect(live[1]?.prev).toBe(8)
    expect(live[0]?.prev).toBeLessThanOrEqual(answer.to + 1)
  })

  test('[SUB4] heads come within a period and tell the head of what is subscribed', async () => {
    const { sessionId } = await writeSession(3)
    const socket = await reader()
    const { logEpoch } = ok(await socket.emitWithAck('subscribe', { sessionId }))
    expect(await heard(socket, 'heads')).toMatchObject({ logEpoch, heads: { [sessionId]: 4 } })
  })

  test('unsubscribe ends it, and an unknown session is NOT_FOUND', async () => {
    const { agent, sessionId, commandId } = await writeSession(1)
    const socket = await reader()
    const live = collect(socket)
    ok(await socket.emitWithAck('subscribe', { sessionId }))
    ok(await socket.emitWithAck('unsubscribe', { sessionId }))
    agent.socket.emit('command_response', responseOf({ sessionId, commandId, n: 2 }))
    await heard(agent.socket, 'ack_responses')
    await pause(50)
    expect(live).toEqual([])
    expect(codeOf(await socket.emitWithAck('subscribe', { sessionId: randomUUID() }))).toBe('NOT_FOUND')
    expect(codeOf(await socket.emitWithAck('read', { sessionId: randomUUID(), limit: 5 }))).toBe('NOT_FOUND')
  })

  test('[LOG6] an unknown kind is stored and delivered', async () => {
    const { browser, agent, sessionId, commandId } = await writeSession(1)
    const live = collect(browser)
    agent.socket.emit('command_response', responseOf({ sessionId, commandId, n: 2, kind: 'hologram', data: '{"x":1}' }))
    await until(() => live.some((entry) => entry.kind === 'hologram'))
  })
})

describe('requests', () => {
  async function ask(key = 'r1') {
    const agent = await openAgent(relay)
    const browser = await relay.openBrowser()
    const sent = ok(await browser.emitWithAck('execute_command', { projectId: PROJECT_ID, command: 'go' }))
    agent.socket.emit(
      'command_response',
      responseOf({ ...sent, n: 1, kind: 'request', key, digest: DIGEST, data: '{}' }),
    )
    await heard(agent.socket, 'ack_responses')
    const decision = {
      sessionId: sent.sessionId,
      kind: 'decision' as const,
      key,
      digest: DIGEST,
      data: '{"behavior":"allow"}',
    }
    return { agent, browser, decision, ...sent }
  }

  test('[REQ1] late joiners see what is open, and nothing that was decided', async () => {
    const { browser, decision, sessionId } = await ask()
    const late = await relay.openBrowser()
    const before = ok(await late.emitWithAck('watch_project', { projectId: PROJECT_ID }))
    expect(before.requests).toMatchObject([{ sessionId, key: 'r1', digest: DIGEST, state: 'open', seq: 2 }])
    expect(before.sessions).toMatchObject([{ sessionId, attention: 1, running: 1 }])
    const update = heard<ProjectUpdate>(late, 'project_update')
    ok(await browser.emitWithAck('send_input', decision))
    expect(await update).toMatchObject({ attention: { key: 'r1', state: 'decided', by: { name: 'Owner' } } })
    const after = ok(await late.emitWithAck('watch_project', { projectId: PROJECT_ID }))
    expect(after.requests).toEqual([])
    expect(after.sessions).toMatchObject([{ attention: 0 }])
  })

  test('[REQ2] of two decisions at once one wins, the other is told who', async () => {
    const { agent, browser, decision } = await ask()
    const other = await relay.openBrowser()
    const answers = await Promise.all([
      browser.emitWithAck('send_input', { ...decision, inputId: randomUUID() }),
      other.emitWithAck('send_input', { ...decision, inputId: randomUUID(), data: '{"behavior":"deny"}' }),
    ])
    expect(answers.map(codeOf).filter((code) => code !== undefined)).toEqual(['ALREADY_DECIDED'])
    const lost = answers.find((answer) => !answer.ok)
    expect(lost?.ok === false ? lost.error.message : '').toContain('Owner')
    await until(() => agent.inputs.some((input) => input.kind === 'decision'))
    expect(agent.inputs.filter((input) => input.kind === 'decision')).toMatchObject([{ key: 'r1', digest: DIGEST }])
  })

  test('[REQ3] a decision of an unknown request is NOT_FOUND, of another digest STALE, without either BAD_REQUEST', async () => {
    const { browser, decision } = await ask()
    expect(codeOf(await browser.emitWithAck('send_input', { ...decision, key: 'nope' }))).toBe('NOT_FOUND')
    expect(codeOf(await browser.emitWithAck('send_input', { ...decision, digest: 'b'.repeat(64) }))).toBe('STALE')
    const { digest: _digest, ...bare } = decision
    expect(codeOf(await browser.emitWithAck('send_input', bare))).toBe('BAD_REQUEST')
    ok(await browser.emitWithAck('send_input', decision))
  })

  test('[REQ5] an open request outlives a restart of the relay', async () => {
    const { decision } = await ask()
    await relay.restart()
    const browser = await relay.openBrowser()
    expect(ok(await browser.emitWithAck('watch_project', { projectId: PROJECT_ID })).requests).toHaveLength(1)
    ok(await browser.emitWithAck('send_input', decision))
  })

  test('[REQ6] request_resolved and the end of the command take the request off the list', async () => {
    const { agent, browser, sessionId, commandId } = await ask()
    const said = { sessionId, commandId }
    agent.socket.emit('command_response', [
      responseOf({ ...said, n: 2, kind: 'request_resolved', key: 'r1', data: '{"outcome":"applied"}' }),
      responseOf({ ...said, n: 3, kind: 'request', key: 'r2', digest: DIGEST, data: '{}' }),
      responseOf({
        ...said,
        n: 4,
        kind: 'run_finished',
        data: '{}',
        isComplete: true,
        status: 'error',
        code: 'CANCELLED',
      }),
    ])
    await heard(agent.socket, 'ack_responses')
    const snapshot = ok(await browser.emitWithAck('watch_project', { projectId: PROJECT_ID }))
    expect(snapshot.requests).toEqual([])
    expect(snapshot.sessions).toMatchObject([{ attention: 0, running: 0, lastStatus: 'error', lastCode: 'CANCELLED' }])
    const decision = { sessionId, kind: 'decision' as const, key: 'r2', digest: DIGEST, data: '{}' }
    expect(codeOf(await browser.emitWithAck('send_input', decision))).toBe('NOT_FOUND')
  })
})

describe('projects and sessions', () => {
  test('[REQ1] projects show whether their agent is here, and those who watch hear it come and go', async () => {
    const agent = await openAgent(relay)
    const browser = await relay.openBrowser()
    const { projects } = ok(await browser.emitWithAck('list_projects', {}))
    expect(projects).toEqual([
      {
        projectId: PROJECT_ID,
        name: 'demo',
        path: '/home/dev/demo',
        agentId: AGENT_ID,
        agentName: 'laptop',
        online: true,
      },
    ])
    ok(await browser.emitWithAck('watch_project', { projectId: PROJECT_ID }))
    const status = heard<ProjectUpdate>(browser, 'project_update')
    agent.socket.emit('agent_status', { claude: { version: '2.1.329', loggedIn: true }, runs: [] })
    expect((await status).agent).toMatchObject({ online: true, claude: { loggedIn: true } })
    const away = heard<ProjectUpdate>(browser, 'project_update')
    agent.socket.disconnect()
    expect((await away).agent).toMatchObject({ online: false, name: 'laptop', host: 'laptop.local' })
    const { agent: presence } = ok(await browser.emitWithAck('watch_project', { projectId: PROJECT_ID }))
    expect(presence.online).toBe(false)
  })

  test('a session is renamed, pinned, archived, read and deleted, and those who watch hear it', async () => {
    await openAgent(relay)
    const browser = await relay.openBrowser()
    const { sessionId } = ok(await browser.emitWithAck('execute_command', { projectId: PROJECT_ID, command: 'x' }))
    ok(await browser.emitWithAck('watch_project', { projectId: PROJECT_ID }))
    const renamed = heard<ProjectUpdate>(browser, 'project_update')
    ok(await browser.emitWithAck('update_session', { sessionId, title: 'A title', pinned: true, readUpTo: 99 }))
    expect((await renamed).session).toMatchObject({ title: 'A title', pinned: true, archived: false, readUpTo: 1 })
    ok(await browser.emitWithAck('update_session', { sessionId, readUpTo: 0, archived: true }))
    const [session] = ok(await browser.emitWithAck('watch_project', { projectId: PROJECT_ID })).sessions
    expect(session).toMatchObject({ readUpTo: 1, archived: true, title: 'A title' })
    const gone = heard<ProjectUpdate>(browser, 'project_update')
    ok(await browser.emitWithAck('update_session', { sessionId, deleted: true }))
    expect((await gone).session).toMatchObject({ sessionId, deleted: true })
    expect(codeOf(await browser.emitWithAck('subscribe', { sessionId }))).toBe('NOT_FOUND')
    expect(codeOf(await browser.emitWithAck('update_session', { sessionId, title: 'x' }))).toBe('NOT_FOUND')
    expect(
      codeOf(await browser.emitWithAck('execute_command', { projectId: PROJECT_ID, command: 'x', sessionId })),
    ).toBe('NOT_FOUND')
  })

  test('observers see each other, and one that leaves is gone', async () => {
    await openAgent(relay)
    const [one, two] = [await relay.openBrowser(), await relay.openBrowser()]
    const { sessionId } = ok(await one.emitWithAck('execute_command', { projectId: PROJECT_ID, command: 'x' }))
    ok(await two.emitWithAck('subscribe', { sessionId, detail: 'final' }))
    ok(await one.emitWithAck('presence', { sessionId, state: 'typing' }))
    expect(await heard(two, 'presence_update')).toMatchObject({
      sessionId,
      observers: [{ id: one.id, state: 'typing' }],
    })
    one.disconnect()
    expect(await heard(two, 'presence_update')).toEqual({ sessionId, observers: [] })
    expect(codeOf(await two.emitWithAck('presence', { sessionId: randomUUID(), state: 'viewing' }))).toBe('NOT_FOUND')
  })

  test('ask_agent brings the answer of the machine, its refusal, or AGENT_OFFLINE', async () => {
    const agent = await openAgent(relay)
    agent.socket.on('agent_request', ({ method, params }, ack) => {
      if (method === 'echo') ack({ ok: true, result: params })
      else ack({ ok: false, error: { code: 'NOT_FOUND', message: 'no such method', retryable: false } })
    })
    const browser = await relay.openBrowser()
    const ask = (method: string) =>
      browser.emitWithAck('ask_agent', { projectId: PROJECT_ID, method, params: { a: 1 } })
    expect(ok(await ask('echo')).result).toEqual({ a: 1 })
    expect(codeOf(await ask('other'))).toBe('NOT_FOUND')
    agent.socket.disconnect()
    await pause(50)
    expect(codeOf(await ask('echo'))).toBe('AGENT_OFFLINE')
  })

  test('probe answers the time', async () => {
    const browser = await relay.openBrowser()
    expect(Math.abs(ok(await browser.emitWithAck('probe', {})).serverTime - Date.now())).toBeLessThan(5_000)
  })
})

test('[CON2] long polling works with the same guarantees', async () => {
  await relay.close()
  relay = await startRelay({ env: { ENABLE_WEBSOCKET: 'false' } })
  const refused = relay.browser()
  await heard(refused, 'connect_error')
  const socket = await relay.openBrowser({ transports: ['polling'] })
  expect(ok(await socket.emitWithAck('list_projects', {})).projects).toEqual([])
  expect(socket.io.engine.transport.name).toBe('polling')
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
