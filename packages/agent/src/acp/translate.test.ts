import { describe, expect, test } from 'vitest'
import type { NewResponse } from '../spool/outbox.ts'
import { readUpdate } from './messages.ts'
import { closeBlock, translate } from './translate.ts'
import { beginRun, newTranslation, type Translation } from './translation.ts'

const start = (): Translation => beginRun(newTranslation({ costUsd: 0, tasks: [] }), 'p1', undefined)

/** As they come over the wire, one after the other. */
function replay(updates: readonly object[], from = start()): { state: Translation; responses: NewResponse[] } {
  return updates.reduce<{ state: Translation; responses: NewResponse[] }>(
    ({ state, responses }, update) => {
      const params = { sessionId: 's1', update }
      const next = translate(state, readUpdate(params), params)
      return { state: next.state, responses: [...responses, ...next.responses] }
    },
    { state: from, responses: [] },
  )
}

const text = (said: string, more: object = {}) => ({
  sessionUpdate: 'agent_message_chunk',
  content: { type: 'text', text: said },
  ...more,
})
const thought = (said: string) => ({ ...text(said), sessionUpdate: 'agent_thought_chunk' })
const brief = ({ responses }: { responses: NewResponse[] }) =>
  responses.map(({ kind, key, data, final }) => [kind, key, data, final === true])
const bodies = ({ responses }: { responses: NewResponse[] }) =>
  responses.map(({ kind, data }) => ({ kind, ...(JSON.parse(data) as object) }))

describe('text', () => {
  test('chunks are deltas of a block; its record follows when another kind begins, and at the end', () => {
    const { state, responses } = replay([thought('Hm'), thought('m.'), text('Yes'), text('!')])
    expect(brief({ responses: [...responses, ...closeBlock(state).responses] })).toEqual([
      ['thinking', 'p1:0', 'Hm', false],
      ['thinking', 'p1:0', 'm.', false],
      ['thinking', 'p1:0', 'Hmm.', true],
      ['text', 'p1:1', 'Yes', false],
      ['text', 'p1:1', '!', false],
      ['text', 'p1:1', 'Yes!', true],
    ])
  })

  test('another message is another block, where the agent tells them apart', () => {
    const one = replay([text('a', { messageId: 'm1' }), text('b', { messageId: 'm1' }), text('c', { messageId: 'm2' })])
    expect(brief(one).map(([, key, said]) => [key, said])).toEqual([
      ['p1:0', 'a'],
      ['p1:0', 'b'],
      ['p1:0', 'ab'],
      ['p1:1', 'c'],
    ])
  })

  test('what is not text is named, and nothing is said of nothing', () => {
    const contents = [
      { type: 'image', mimeType: 'image/png', data: 'x' },
      { type: 'resource_link', name: 'plan', uri: 'file:///plan.md' },
      { type: 'resource', resource: { uri: 'file:///a', text: 'inside' } },
      { type: 'text', text: '' },
    ]
    const { state } = replay(contents.map((content) => ({ sessionUpdate: 'agent_message_chunk', content })))
    expect(closeBlock(state).responses[0]?.data).toBe('[image image/png][plan](file:///plan.md)inside')
  })

  test('a call that begins cuts the text; news of one do not', () => {
    const call = { toolCallId: 'c', kind: 'read', rawInput: { path: '/a' } }
    const { responses } = replay([
      { sessionUpdate: 'tool_call', ...call, title: 'Read' },
      text('While '),
      { sessionUpdate: 'tool_call_update', toolCallId: 'c', status: 'completed' },
      text('it reads'),
      { sessionUpdate: 'tool_call', ...call, toolCallId: 'd', title: 'Read' },
    ])
    expect(brief({ responses }).map(([kind, , , final]) => [kind, final])).toEqual([
      ['tool_started', false],
      ['text', false],
      ['tool_finished', false],
      ['text', false],
      ['text', true],
      ['tool_started', false],
    ])
  })
})

describe('tools', () => {
  test('one that was only announced is told when there is something to tell, and again when there is more', () => {
    const said = replay([
      { sessionUpdate: 'tool_call', toolCallId: 'c', title: 'A command', kind: 'execute', status: 'pending' },
      { sessionUpdate: 'tool_call_update', toolCallId: 'c', rawInput: { command: 'ls' } },
      { sessionUpdate: 'tool_call_update', toolCallId: 'c', status: 'in_progress' },
      { sessionUpdate: 'tool_call_update', toolCallId: 'c', rawInput: { command: 'ls -l' } },
      {
        sessionUpdate: 'tool_call_update',
        toolCallId: 'c',
        status: 'completed',
        content: [
          { type: 'content', content: { type: 'text', text: 'a b' } },
          { type: 'terminal', terminalId: 't1' },
        ],
        rawOutput: { exitCode: 0 },
      },
      { sessionUpdate: 'tool_call_update', toolCallId: 'c', status: 'completed' },
    ])
    const toolUseId = 'p1:c'
    expect(bodies(said)).toEqual([
      { kind: 'tool_started', toolUseId, tool: 'Bash', input: { command: 'ls', description: 'A command' } },
      { kind: 'tool_progress', toolUseId },
      { kind: 'tool_started', toolUseId, tool: 'Bash', input: { command: 'ls -l', description: 'A command' } },
      { kind: 'tool_finished', toolUseId, isError: false, output: 'a b\n[terminal t1]', structured: { exitCode: 0 } },
    ])
  })

  test('one that failed is an error; its raw output stands in where there is no other', () => {
    const failed = {
      sessionUpdate: 'tool_call',
      toolCallId: 'c',
      title: 'x',
      status: 'failed',
      rawOutput: 'no such file',
    }
    expect(bodies(replay([failed])).at(-1)).toEqual({
      kind: 'tool_finished',
      toolUseId: 'p1:c',
      isError: true,
      output: 'no such file',
    })
  })

  test('an agent that counts its calls anew in each turn does not mean an older one', () => {
    const call = { sessionUpdate: 'tool_call', toolCallId: '1', title: 'x', status: 'completed' }
    const { state } = replay([call])
    const later = replay([call], beginRun(state, 'p2', undefined))
    expect(bodies(later).map((body) => (body as { toolUseId?: string }).toolUseId)).toEqual(['p2:1', 'p2:1'])
  })
})

describe('the rest', () => {
  test('a plan is the whole list of tasks', () => {
    const entries = [
      { content: 'look', status: 'completed', priority: 'high' },
      { content: 'leap', status: 'someday', priority: 'low' },
      { status: 'pending' },
    ]
    const items = [
      { id: '1', subject: 'look', status: 'completed' },
      { id: '2', subject: 'leap', status: 'pending' },
    ]
    expect(bodies(replay([{ sessionUpdate: 'plan', entries }]))).toEqual([{ kind: 'tasks', items }])
  })

  test('a mode and a model that are other ones now are told, once', () => {
    const option = { id: 'm', category: 'model', type: 'select', name: 'Model', currentValue: 'big', options: [] }
    const said = replay([
      { sessionUpdate: 'current_mode_update', currentModeId: 'code' },
      { sessionUpdate: 'current_mode_update', currentModeId: 'code' },
      { sessionUpdate: 'config_option_update', configOptions: [option] },
    ])
    expect(bodies(said)).toMatchObject([
      { type: 'setting', permissionMode: 'code' },
      { type: 'setting', model: 'big' },
    ])
    expect(said.state.effective).toEqual({ permissionMode: 'code', model: 'big' })
  })

  test('cost goes on over processes, and counts only in dollars; how full it is, is known', () => {
    const cost = (amount: number, currency = 'USD') => ({
      sessionUpdate: 'usage_update',
      used: 10,
      size: 100,
      cost: { amount, currency },
    })
    const { state } = replay([cost(2), cost(2.5), cost(9, 'EUR'), cost(0.25)])
    expect(state).toMatchObject({ costUsd: 0.25, run: { costUsd: 2.75 }, context: { tokens: 10, window: 100 } })
  })

  test('notices and compaction are told; titles, commands and echoes are not', () => {
    const said = replay([
      { sessionUpdate: 'notice', severity: 'warning', title: 'Slow', description: 'the model is busy' },
      { sessionUpdate: 'compaction_update', compactionId: 'x', status: 'in_progress' },
      { sessionUpdate: 'compaction_update', compactionId: 'x', status: 'completed' },
      { sessionUpdate: 'compaction_update', compactionId: 'x', status: 'failed', error: 'too long' },
      { sessionUpdate: 'compaction_summary_chunk', compactionId: 'x', content: { type: 'text', text: 's' } },
      { sessionUpdate: 'session_info_update', title: 'A title' },
      { ...text('the prompt'), sessionUpdate: 'user_message_chunk' },
      { sessionUpdate: 'available_commands_update', availableCommands: [{ name: 'web', description: 'search' }] },
    ])
    expect(bodies(said)).toMatchObject([
      { level: 'warning', type: 'notification', message: 'Slow: the model is busy' },
      { type: 'compacting' },
      { type: 'compacted' },
      { level: 'warning', message: 'The conversation could not be compacted: too long' },
    ])
    expect(said.state.commands).toMatchObject([{ name: 'web' }])
  })

  test.each([
    ['a kind that is not known', { sessionUpdate: 'telepathy', thought: 1 }, 'telepathy'],
    ['a known one of another shape', { sessionUpdate: 'plan', entries: 'none' }, 'plan'],
    ['none at all', 7, 'an update without a kind'],
  ])('[LOG6] an update of %s is kept as it came', (_what, update, named) => {
    const params = { sessionId: 's1', update }
    const { responses } = translate(start(), readUpdate(params), params)
    expect(bodies({ responses })).toEqual([
      {
        kind: 'notice',
        level: 'info',
        type: 'unknown',
        message: `The ACP agent said something new: ${named}`,
        raw: params,
      },
    ])
  })
})
