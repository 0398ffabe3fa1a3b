import { describe, expect, test } from 'vitest'
import { buildLog, COMMAND_ID } from '../testing/builders.ts'
import { seededRandom } from '../testing/random.ts'
import type { Entry } from '../types/messages.ts'
import { emptyTimeline, foldEntries } from './reduce.ts'
import type { Timeline, TimelineItem } from './timeline.ts'

const DIGEST = 'a'.repeat(64)
const ANNA = { id: 'u1', name: 'Anna', device: 'Phone' }

function fold(lines: Parameters<typeof buildLog>[0]): Timeline {
  return foldEntries(emptyTimeline(), buildLog(lines))
}

function types(timeline: Timeline): TimelineItem['type'][] {
  return timeline.items.map((item) => item.type)
}

const request = {
  kind: 'request',
  key: 'r1',
  digest: DIGEST,
  response: { requestId: 'r1', digest: DIGEST, type: 'permission', tool: 'Bash', input: { command: 'ls' } },
}
const decision = {
  kind: 'decision',
  key: 'r1',
  author: ANNA,
  response: { requestId: 'r1', digest: DIGEST, behavior: 'allow', scope: 'once' },
}
const applied = {
  kind: 'request_resolved',
  key: 'r1',
  response: { requestId: 'r1', outcome: 'applied', behavior: 'allow', by: ANNA },
}
const command = { kind: 'command', response: 'Say hello', author: ANNA }
const started = { kind: 'run_started', response: { model: 'opus', permissionMode: 'default' } }
const finished = {
  kind: 'run_finished',
  status: 'complete' as const,
  response: { result: 'Hi', durationMs: 1200, turns: 1 },
}
const tool = { kind: 'tool_started', response: { toolUseId: 't1', tool: 'Bash', input: { command: 'ls' } } }

describe('text', () => {
  test('deltas add up, and the record replaces them with the whole text', () => {
    const deltas = [
      { kind: 'text', key: 'm1:0', response: 'He' },
      { kind: 'text', key: 'm1:0', response: 'llo' },
    ]
    expect(fold(deltas).items).toMatchObject([{ type: 'text', text: 'Hello', done: false, seq: 1 }])
    const whole = fold([...deltas, { kind: 'text', key: 'm1:0', final: true, response: 'Hello.' }])
    expect(whole.items).toMatchObject([{ type: 'text', text: 'Hello.', done: true, seq: 1 }])
  })

  test('[LOG7] a record without its deltas is the same text', () => {
    const timeline = fold([{ kind: 'text', key: 'm1:0', final: true, response: 'Hello.' }])
    expect(timeline.items).toMatchObject([{ text: 'Hello.', done: true }])
  })

  test('blocks and kinds with other keys stay apart', () => {
    const timeline = fold([
      { kind: 'thinking', key: 'm1:0', response: 'hm' },
      { kind: 'text', key: 'm1:1', response: 'a' },
      { kind: 'text', key: 'm2:0', response: 'b' },
    ])
    expect(timeline.items.map((item) => ('text' in item ? item.text : ''))).toEqual(['hm', 'a', 'b'])
  })

  test('text of a subagent names the tool use it belongs to', () => {
    const timeline = fold([{ kind: 'text', key: 'toolu_1/m1:0', final: true, response: 'inside' }])
    expect(timeline.items).toMatchObject([{ parentToolUseId: 'toolu_1' }])
  })
})

describe('tools', () => {
  test('start, progress and result are one item', () => {
    const result = { kind: 'tool_finished', response: { toolUseId: 't1', isError: false, output: 'a.txt' } }
    const timeline = fold([tool, { kind: 'tool_progress', response: { toolUseId: 't1', elapsedMs: 4 } }, result])
    expect(timeline.items).toMatchObject([{ type: 'tool', state: 'done', result: { output: 'a.txt' } }])
  })

  test('what decided about one in the place of a person stands with it, whichever comes first', () => {
    const started = { kind: 'tool_started', response: { toolUseId: 't', tool: 'Bash', input: {} } }
    const standIn = { type: 'policy', rule: 'Bash', source: 'farhand.policy:4' }
    const decided = { kind: 'decided', response: { toolUseId: 't', behavior: 'allow', standIn } }
    for (const lines of [
      [started, decided],
      [decided, started],
    ]) {
      const { items } = foldEntries(emptyTimeline(), buildLog(lines))
      expect(items).toMatchObject([{ type: 'tool', tool: 'Bash', decided: { behavior: 'allow', standIn } }])
    }
  })

  test('an error is failed, and a result without a start is shown', () => {
    const timeline = fold([{ kind: 'tool_finished', response: { toolUseId: 't9', isError: true, output: 'no' } }])
    expect(timeline.items).toMatchObject([{ type: 'tool', tool: 'Unknown tool', state: 'failed' }])
  })

  test('a clock that was set back meanwhile makes none last less than nothing', () => {
    const result = { kind: 'tool_finished', response: { toolUseId: 't1', isError: false, output: 'a.txt' }, at: 1 }
    const { items } = fold([tool, result])
    expect(items).toMatchObject([{ type: 'tool', at: items[0]?.at, endedAt: items[0]?.at }])
  })

  test('what a run leaves open when it ends is settled', () => {
    const timeline = fold([
      command,
      started,
      tool,
      { kind: 'text', key: 'm:0', response: 'half' },
      request,
      { kind: 'run_finished', status: 'error', code: 'INTERRUPTED', response: { durationMs: 5 } },
    ])
    expect(timeline.items).toMatchObject([
      { type: 'message' },
      { type: 'tool', state: 'lost' },
      { type: 'text', done: true },
      { type: 'request', state: { name: 'resolved', resolution: { outcome: 'cancelled' } } },
      { type: 'run_end', status: 'error', code: 'INTERRUPTED' },
    ])
    expect(timeline.openRequests).toEqual([])
  })
})

describe('[REQ1] requests are state', () => {
  test('an open one waits', () => {
    expect(fold([request]).openRequests).toMatchObject([{ requestId: 'r1', state: { name: 'open' } }])
  })

  test('a decided one waits no more and says who', () => {
    const timeline = fold([request, decision])
    expect(timeline.openRequests).toEqual([])
    expect(timeline.items).toMatchObject([{ state: { name: 'decided', behavior: 'allow', by: ANNA } }])
  })

  test('[REQ6] resolved says that it was applied', () => {
    expect(fold([request, decision, applied]).items).toMatchObject([
      { state: { name: 'resolved', resolution: { outcome: 'applied' }, by: ANNA } },
    ])
  })

  test('[REQ2] only the first decision counts', () => {
    const other = { ...decision, response: { ...decision.response, behavior: 'deny' } }
    expect(fold([request, decision, other]).items).toMatchObject([{ state: { behavior: 'allow' } }])
  })

  test('a decision about a request that was never read is not shown', () => {
    expect(fold([decision, applied]).items).toEqual([])
  })
})

describe('runs', () => {
  test('wait, run, stop, end', () => {
    const states = [
      command,
      started,
      { kind: 'cancel', author: ANNA, response: { commandId: COMMAND_ID } },
      finished,
    ].map((_, index, all) => fold(all.slice(0, index + 1)).runs.get(COMMAND_ID)?.state.name)
    expect(states).toEqual(['waiting', 'running', 'stopping', 'complete'])
  })

  test('[CMD5] a stop that came before the start is still on its way', () => {
    const cancel = { kind: 'cancel', author: ANNA, response: { commandId: COMMAND_ID } }
    const run = fold([command, cancel, started]).runs.get(COMMAND_ID)
    expect(run).toMatchObject({ state: { name: 'stopping', by: ANNA }, startedSeq: 3 })
  })

  test('[LOG5] a late end, which has no status, is a failure where it says so and else a success', () => {
    const expired = {
      kind: 'run_finished',
      status: 'error' as const,
      code: 'EXPIRED',
      response: { durationMs: 0, error: { code: 'EXPIRED', message: 'm' } },
    }
    const late = { kind: 'run_finished', status: 'streaming' as const }
    const ends = [
      { ...late, code: 'CLAUDE_EXIT', response: { durationMs: 1 } },
      { ...late, response: { durationMs: 1, error: { code: 'CLAUDE_EXIT', message: 'm' } } },
      { ...late, response: { durationMs: 1, result: 'Hi' } },
    ].map((end) => fold([command, expired, started, end]))
    expect(ends.map((timeline) => timeline.runs.get(COMMAND_ID)?.state)).toMatchObject([
      { name: 'failed', code: 'CLAUDE_EXIT' },
      { name: 'failed', code: 'CLAUDE_EXIT' },
      { name: 'complete' },
    ])
    expect(ends.map((timeline) => timeline.items.find((item) => item.type === 'run_end'))).toMatchObject([
      { status: 'error' },
      { status: 'error' },
      { status: 'complete' },
    ])
  })

  test('an error carries its code, from the entry or the body', () => {
    const failed = fold([
      command,
      { kind: 'run_finished', status: 'error', code: 'CANCELLED', response: { durationMs: 0 } },
    ])
    expect(failed.runs.get(COMMAND_ID)?.state).toMatchObject({ name: 'failed', code: 'CANCELLED' })
  })

  test('[CMD5] a repeated cancel is the same wish; one with force says so', () => {
    const cancel = { kind: 'cancel', author: ANNA, at: 10, response: { commandId: COMMAND_ID } }
    const again = { ...cancel, author: { ...ANNA, id: 'u2' }, at: 20 }
    const stateOf = (lines: Parameters<typeof buildLog>[0]) => fold(lines).runs.get(COMMAND_ID)?.state
    const first = stateOf([command, started, cancel])
    expect(first).toEqual({ name: 'stopping', since: 10, by: ANNA })
    expect(stateOf([command, started, cancel, again])).toEqual(first)
    const forced = { ...again, response: { commandId: COMMAND_ID, force: true } }
    expect(stateOf([command, started, cancel, forced])).toEqual({ ...first, forcedAt: 20 })
    expect(stateOf([command, started, cancel, forced, { ...forced, at: 30 }])).toEqual({ ...first, forcedAt: 20 })
  })

  test('[CMD5] a cancel after the end changes nothing', () => {
    const timeline = fold([command, finished, { kind: 'cancel', response: { commandId: COMMAND_ID } }])
    expect(timeline.runs.get(COMMAND_ID)?.state.name).toBe('complete')
  })
})

test('tasks are always the whole list', () => {
  const items = [{ id: '1', subject: 'Look', status: 'completed' }]
  expect(
    fold([
      { kind: 'tasks', response: { items: [] } },
      { kind: 'tasks', response: { items } },
    ]).tasks,
  ).toEqual(items)
})

test('a notice about a setting changes what is effective', () => {
  const notice = {
    kind: 'notice',
    response: { level: 'info', type: 'setting', message: 'm', permissionMode: 'plan', effort: 'high' },
  }
  expect(fold([started, notice]).effective).toMatchObject({ model: 'opus', permissionMode: 'plan', effort: 'high' })
})

describe('[LOG6] what is not understood is shown as unknown and takes nothing along', () => {
  test.each([
    ['an unknown kind', { kind: 'hologram', response: '{"x":1}' }],
    ['no JSON', { kind: 'tasks', response: '{' }],
    ['another shape', { kind: 'tool_started', response: { tool: 5 } }],
    ['null', { kind: 'request', response: 'null' }],
  ])('%s', (_name, line) => {
    const timeline = fold([line, { kind: 'text', key: 'm:0', response: 'after' }])
    expect(types(timeline)).toEqual(['unknown', 'text'])
  })
})

describe('folding', () => {
  const log = buildLog([
    command,
    started,
    { kind: 'thinking', key: 'm:0', response: 'a' },
    { kind: 'text', key: 'm:1', response: 'b' },
    { kind: 'text', key: 'm:1', response: 'c' },
    { kind: 'text', key: 'm:1', final: true, response: 'bc' },
    tool,
    request,
    decision,
    applied,
    { kind: 'tool_finished', response: { toolUseId: 't1', isError: false, output: '' } },
    { kind: 'hologram', response: '?' },
    finished,
  ])
  const whole = foldEntries(emptyTimeline(), log)

  test.each(Array.from({ length: 20 }, (_, seed) => seed))(
    'page by page gives the same as all at once, seed %i',
    (seed) => {
      expect(foldInPages(log, seed)).toEqual(whole)
    },
  )

  test('leaves the timeline it was given as it was', () => {
    const before = foldEntries(emptyTimeline(), log.slice(0, 8))
    const copy = structuredClone(before)
    foldEntries(before, log.slice(8))
    expect(before).toEqual(copy)
  })

  test('keeps the identity of what did not change', () => {
    const before = foldEntries(emptyTimeline(), log.slice(0, 6))
    const after = foldEntries(before, log.slice(6, 7))
    expect(after.items.slice(0, before.items.length).every((item, index) => item === before.items[index])).toBe(true)
  })
})

function foldInPages(log: readonly Entry[], seed: number): Timeline {
  const random = seededRandom(seed)
  let timeline = emptyTimeline()
  for (let from = 0; from < log.length;) {
    const to = from + 1 + random.int(4)
    timeline = foldEntries(timeline, log.slice(from, to))
    from = to
  }
  return timeline
}

describe('what the relay says', () => {
  const key = `held:${COMMAND_ID}`
  const held = { kind: 'held', key, response: { waitedMs: 4_000_000 } }
  const confirm = (part: object = {}) => ({
    kind: 'queue',
    key,
    author: ANNA,
    response: { action: 'confirm', commandId: COMMAND_ID },
    ...part,
  })
  const stateOf = (lines: Parameters<typeof buildLog>[0]) => fold(lines).runs.get(COMMAND_ID)?.state

  test('[CMD2] a held command waits for a person until somebody confirms it with its key', () => {
    expect(stateOf([command, held])).toMatchObject({ name: 'waiting', held: { key } })
    expect(stateOf([command, held, confirm({ key: 'held:other' })])).toMatchObject({ held: { key } })
    expect(stateOf([command, held, confirm()])).toEqual({ name: 'waiting' })
    expect(stateOf([command, held, confirm(), held])).toMatchObject({ held: { key } })
    expect(stateOf([command, held, started])).toMatchObject({ name: 'running' })
    expect(stateOf([held])).toMatchObject({ held: { key } })
  })

  test('[LOG9] what a restored log lost is one line that counts', () => {
    const forgotten = {
      kind: 'notice',
      response: { level: 'warning', type: 'forgotten', message: 'Something stood here' },
    }
    const { items } = fold([command, forgotten, forgotten, forgotten, { kind: 'text', response: 'a' }, forgotten])
    expect(items).toMatchObject([
      { type: 'message' },
      {
        type: 'notice',
        notice: { count: 3, message: '3 entries stood here that the relay lost when its log was restored.' },
      },
      { type: 'text' },
      { type: 'notice', notice: { message: 'Something stood here' } },
    ])
  })
})
