import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { MAX_RESPONSE_BYTES, parseBody } from '@farhand/shared'
import { describe, expect, test } from 'vitest'
import type { NewResponse } from '../spool/outbox.ts'
import { finishRun } from './outcome.ts'
import { translate } from './translate.ts'
import { beginRun, endRun, newTranslation, type Translation } from './translation.ts'

/** What the real Claude Code printed, recorded against a scripted model. */
const TRANSCRIPTS = join(import.meta.dirname, '..', '..', 'test', 'fixtures', 'transcripts')

function transcript(name: string): unknown[] {
  const lines = readFileSync(join(TRANSCRIPTS, `${name}.jsonl`), 'utf8')
    .trim()
    .split('\n')
  return lines.map((line): unknown => JSON.parse(line))
}

/** Replays as a driver does: each time a run is over it is finished, and the next prompt follows if there is one. */
function replay(messages: readonly unknown[], commands = 1): { responses: NewResponse[]; state: Translation } {
  const responses: NewResponse[] = []
  let state = beginRun(newTranslation(0))
  let left = commands - 1
  for (const message of messages) {
    const translated = translate(state, message)
    responses.push(...translated.responses)
    state = translated.state
    if (state.run?.over === true) {
      responses.push(finishRun(state.run, { type: 'answered' }, 1000))
      state = endRun(state)
      if (left > 0) state = beginRun(state)
      left -= 1
    }
  }
  return { responses, state }
}

const brief = (responses: readonly NewResponse[]) =>
  responses.map(({ kind, key, final, data }) => ({ kind, key, final, data }))
const kinds = (responses: readonly NewResponse[]) => responses.map((response) => response.kind)
const body = (response: NewResponse | undefined) => {
  const parsed = parseBody(response?.kind ?? '', response?.data ?? '')
  if (parsed.kind === 'unknown') throw new Error(parsed.reason)
  return parsed.body
}
const bodiesOf = (responses: readonly NewResponse[], kind: string) =>
  responses.filter((one) => one.kind === kind).map(body)

describe('recorded conversations', () => {
  test('text, thinking and a tool: deltas and records share their key, and every body is of its schema', () => {
    const { responses } = replay(transcript('write'))
    expect(
      brief(responses)
        .filter(({ kind }) => kind === 'text' || kind === 'thinking')
        .slice(0, 6),
    ).toEqual([
      { kind: 'thinking', key: 'msg_1:0', final: undefined, data: 'let me think' },
      { kind: 'thinking', key: 'msg_1:0', final: true, data: 'let me think' },
      { kind: 'text', key: 'msg_1:1', final: undefined, data: 'I wil' },
      { kind: 'text', key: 'msg_1:1', final: undefined, data: 'l wri' },
      { kind: 'text', key: 'msg_1:1', final: undefined, data: 'te.' },
      { kind: 'text', key: 'msg_1:1', final: true, data: 'I will write.' },
    ])
    expect(bodiesOf(responses, 'run_started')).toEqual([
      expect.objectContaining({
        model: 'claude-opus-5-5',
        permissionMode: 'default',
        cwd: '/home/dev/shop',
        claudeVersion: '2.1.329',
      }),
    ])
    expect(bodiesOf(responses, 'tool_started')).toEqual([
      { toolUseId: 'toolu_2', tool: 'Write', input: { file_path: '/home/dev/shop/a.txt', content: 'hello' } },
    ])
    expect(bodiesOf(responses, 'tool_finished')).toEqual([
      expect.objectContaining({
        toolUseId: 'toolu_2',
        isError: false,
        structured: expect.objectContaining({ type: 'create' }),
      }),
    ])
    expect(kinds(responses).filter((kind) => kind === 'notice')).toEqual([])
    const end = responses.at(-1)
    expect(end).toMatchObject({ kind: 'run_finished', isComplete: true, status: 'complete' })
    expect(body(end)).toEqual({
      result: 'After the tool.',
      durationMs: 1000,
      turns: 2,
      usage: { inputTokens: 200, outputTokens: 40, cacheReadTokens: 0, cacheCreationTokens: 0 },
      costUsd: 0.0016,
    })
  })

  test('a subagent: its text carries the id of the tool use, and its follow-up turn belongs to the command', () => {
    const { responses, state } = replay(transcript('subagent'))
    const inner = brief(responses).filter(({ key }) => key?.startsWith('toolu_2/') === true)
    expect(inner.at(-1)).toEqual({ kind: 'text', key: 'toolu_2/msg_4:0', final: true, data: 'inner answer' })
    expect(kinds(responses).filter((kind) => kind === 'run_finished')).toHaveLength(1)
    expect(kinds(responses).at(-1)).toBe('run_finished')
    expect(kinds(responses).filter((kind) => kind === 'run_started')).toHaveLength(1)
    expect(body(responses.at(-1))).toMatchObject({ result: 'Hello there, person.', turns: 3, costUsd: 0.0032 })
    expect(state.backgroundTasks).toBe(0)
  })

  test('work in the background: the run ends, and what Claude then does by itself is told without a second end', () => {
    const { responses } = replay(transcript('background'))
    expect(kinds(responses).filter((kind) => kind === 'run_finished')).toHaveLength(1)
    const after = responses.slice(kinds(responses).indexOf('run_finished') + 1)
    expect(after.some(({ isComplete }) => isComplete)).toBe(false)
    expect(bodiesOf(after, 'notice')).toEqual([
      expect.objectContaining({ type: 'background_task', message: expect.stringContaining('exit code 0') }),
      expect.objectContaining({ type: 'background_turn' }),
    ])
    expect(after.at(-1)).toMatchObject({ kind: 'text', final: true, data: 'Hello there, person.' })
  })

  test('an interrupt: the partial text is a record, the end is CANCELLED', () => {
    const { responses } = replay(transcript('interrupt'))
    expect(responses.filter(({ kind, final }) => kind === 'text' && final === true)).toHaveLength(1)
    expect(responses.at(-1)).toMatchObject({ kind: 'run_finished', status: 'error', code: 'CANCELLED' })
  })

  test('an error of the API: is_error decides, and its text is said once, by the end', () => {
    const { responses } = replay(transcript('error'))
    expect(kinds(responses)).toEqual(['run_started', 'run_finished'])
    expect(responses.at(-1)).toMatchObject({ status: 'error', code: 'CLAUDE_EXIT' })
    expect(body(responses.at(-1))).toMatchObject({ error: { message: 'API Error: 400 bad thing' } })
  })

  test('not logged in is CLAUDE_AUTH', () => {
    const { responses } = replay(transcript('auth'))
    expect(responses.at(-1)).toMatchObject({ kind: 'run_finished', code: 'CLAUDE_AUTH' })
  })

  test('tasks: each change gives the whole list', () => {
    const { responses } = replay(transcript('tasks'), 2)
    expect(bodiesOf(responses, 'tasks')).toEqual([
      { items: [{ id: '1', subject: 'One', status: 'pending', activeForm: 'Doing one' }] },
      { items: [{ id: '1', subject: 'One', status: 'in_progress', activeForm: 'Doing one' }] },
    ])
    expect(bodiesOf(responses, 'run_finished').map((end) => (end as { costUsd: number }).costUsd)).toEqual([
      0.0016, 0.0016,
    ])
  })

  test('every body that is said is understood by a reader', () => {
    for (const name of ['write', 'subagent', 'background', 'interrupt', 'error', 'auth', 'tasks', 'question']) {
      for (const response of replay(transcript(name)).responses) expect(() => body(response)).not.toThrow()
    }
  })
})

describe('single messages', () => {
  const state = beginRun(newTranslation(0))
  const one = (message: unknown, from = state) => translate(from, message)

  test('[LOG6] what is not understood is kept as a notice and counted', () => {
    const first = one({ type: 'hologram', depth: 3 })
    const second = one({ type: 'system', subtype: 'weather', sunny: true }, first.state)
    const third = one('not even an object', second.state)
    expect(third.state.unknown).toBe(3)
    expect(body(first.responses[0])).toMatchObject({
      type: 'unknown',
      level: 'info',
      raw: { type: 'hologram', depth: 3 },
    })
    expect(body(second.responses[0])).toMatchObject({ message: expect.stringContaining('system/weather') })
    expect(third.responses).toHaveLength(1)
  })

  test('a known type with another shape is kept as unknown too', () => {
    const { responses } = one({ type: 'assistant', message: 'changed' })
    expect(body(responses[0])).toMatchObject({ type: 'unknown' })
  })

  test('a retry of the API is told as it happens', () => {
    const { responses } = one({
      type: 'system',
      subtype: 'api_retry',
      attempt: 2,
      max_retries: 10,
      retry_delay_ms: 1500,
      error_status: 529,
      error: 'overloaded',
    })
    expect(body(responses[0])).toMatchObject({
      level: 'warning',
      type: 'api_retry',
      message: 'The API answered 529; attempt 2 of 10 follows in 1.5 s.',
    })
  })

  test('a rate limit that allows says nothing, one that rejects is an error', () => {
    const limit = (status: string) =>
      one({
        type: 'rate_limit_event',
        rate_limit_info: { status, rateLimitType: 'five_hour', resetsAt: 1_800_000_000 },
      })
    expect(limit('allowed').responses).toEqual([])
    expect(body(limit('rejected').responses[0])).toMatchObject({
      level: 'error',
      type: 'rate_limit',
      resetsAt: 1_800_000_000_000,
    })
  })

  test('the mode that a plan leaves behind is told once', () => {
    const changed = one({ type: 'system', subtype: 'status', status: null, permissionMode: 'acceptEdits' })
    expect(body(changed.responses[0])).toMatchObject({ type: 'setting', permissionMode: 'acceptEdits' })
    expect(
      one({ type: 'system', subtype: 'status', status: null, permissionMode: 'acceptEdits' }, changed.state).responses,
    ).toEqual([])
  })

  test('records without a stream get the next index of their message', () => {
    const assistant = (text: string) => ({
      type: 'assistant',
      parent_tool_use_id: null,
      message: { id: 'm', content: [{ type: 'text', text }] },
    })
    const first = one(assistant('a'))
    const second = one(assistant('b'), first.state)
    expect([first.responses[0]?.key, second.responses[0]?.key]).toEqual(['m:0', 'm:1'])
  })

  test('[CON7] tool output over the limit is cut, with how much there was', () => {
    const output = 'é'.repeat(MAX_RESPONSE_BYTES)
    const message = {
      type: 'user',
      parent_tool_use_id: null,
      message: { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: output }] },
      tool_use_result: { stdout: output, code: 0 },
    }
    const [response] = one(message).responses
    expect(Buffer.byteLength(response?.data ?? '')).toBeLessThanOrEqual(MAX_RESPONSE_BYTES)
    const finished = body(response) as { output: string; truncatedBytes: number; structured: { code: number } }
    expect(finished.truncatedBytes).toBeGreaterThan(2 * 2 * MAX_RESPONSE_BYTES)
    expect(finished.output).toMatch(/^é+…$/)
    expect(finished.structured.code).toBe(0)
  })

  test('what was said before ours began, while Claude was busy with its own, does not end ours', () => {
    const busy = one({ type: 'system', subtype: 'session_state_changed', state: 'running' }, newTranslation(0)).state
    const result = {
      type: 'result',
      subtype: 'success',
      is_error: false,
      num_turns: 1,
      result: 'other',
      total_cost_usd: 0.1,
    }
    const ours = one(result, beginRun(busy)).state
    expect(ours.run?.result).toBeUndefined()
    const begun = one({ type: 'system', subtype: 'init', session_id: 's' }, ours).state
    const ended = one({ ...result, result: 'ours', total_cost_usd: 0.3 }, begun).state
    const idle = one({ type: 'system', subtype: 'session_state_changed', state: 'idle' }, ended).state
    expect(idle.run).toMatchObject({ over: true, result: { text: 'ours' } })
    expect(idle.run?.costUsd).toBeCloseTo(0.2)
  })

  test('one that never tells its activity is done with its result, unless more is queued', () => {
    const result = { type: 'result', subtype: 'success', is_error: false, num_turns: 1, result: 'x', total_cost_usd: 0 }
    expect(one({ ...result, queued_turn_count: 1 }).state.run?.over).toBe(false)
    expect(one(result).state.run?.over).toBe(true)
  })

  test('the sign of life of a long tool is about that tool, and one of an unknown tool about none', () => {
    const use = { type: 'tool_use', id: 't', name: 'Bash', input: { command: 'make' } }
    const running = one({
      type: 'assistant',
      parent_tool_use_id: null,
      message: { id: 'm', content: [use] },
    }).state
    const beat = (parent: string) => ({
      type: 'tool_progress',
      tool_use_id: `${parent}-heartbeat-0`,
      tool_name: 'Bash',
      parent_tool_use_id: parent,
      elapsed_time_seconds: 30,
      heartbeat: true,
    })
    expect(one(beat('t'), running).responses.map(body)).toEqual([{ toolUseId: 't', elapsedMs: 30_000 }])
    expect(one(beat('other'), running).responses).toEqual([])
  })

  test('a tool in the foreground is no background work', () => {
    const task = { type: 'system', task_id: 'b1', tool_use_id: 't', description: 'tests' }
    const started = one({ ...task, subtype: 'task_started', is_backgrounded: false })
    const ended = one({ ...task, subtype: 'task_notification', status: 'completed', summary: 'tests' }, started.state)
    expect([...started.responses, ...ended.responses]).toEqual([])
  })

  test('a plan file is remembered', () => {
    const use = {
      type: 'tool_use',
      id: 't',
      name: 'Write',
      input: { file_path: '/home/dev/.claude/plans/quiet-owl.md', content: '# P' },
    }
    const message = { type: 'assistant', parent_tool_use_id: null, message: { id: 'm', content: [use] } }
    expect(one(message).state.planFile).toBe('/home/dev/.claude/plans/quiet-owl.md')
  })
})

describe('how full the conversation is', () => {
  const said = (input: number, parent: string | null = null) => ({
    type: 'assistant',
    parent_tool_use_id: parent,
    message: {
      id: `msg_${input}`,
      model: 'claude-opus-5-5',
      content: [{ type: 'text', text: 'x' }],
      usage: { input_tokens: input, cache_read_input_tokens: 1_000, cache_creation_input_tokens: 0, output_tokens: 20 },
    },
  })
  const over = (modelUsage?: unknown) => ({
    type: 'result',
    subtype: 'success',
    is_error: false,
    num_turns: 1,
    result: 'done',
    total_cost_usd: 0.1,
    modelUsage,
  })
  const known = { 'claude-opus-5-5': { contextWindow: 200_000 } }
  const init = { type: 'system', subtype: 'init', model: 'claude-opus-5-5' }
  const contextOf = (messages: unknown[]) =>
    (body(replay([init, ...messages]).responses.at(-1)) as { context?: object }).context

  test('it is what the last request of the main conversation carried', () => {
    expect(contextOf([said(10), said(50), said(9_000, 'toolu_1'), over(known)])).toEqual({
      tokens: 1_070,
      window: 200_000,
    })
  })

  test('it is left out where it is not known: no window, no usage, and after a compaction', () => {
    const compacted = {
      type: 'system',
      subtype: 'compact_boundary',
      compact_metadata: { trigger: 'auto', pre_tokens: 9 },
    }
    expect(contextOf([said(10), over()])).toBeUndefined()
    expect(contextOf([said(10), over({ other: { contextWindow: 5 } })])).toBeUndefined()
    expect(contextOf([said(10), over({ 'claude-opus-5-5': { contextWindow: 'big' } })])).toBeUndefined()
    expect(contextOf([over(known)])).toBeUndefined()
    expect(contextOf([said(10), compacted, over(known)])).toBeUndefined()
    expect(contextOf([said(10), compacted, said(30), over(known)])).toEqual({ tokens: 1_050, window: 200_000 })
  })
})
