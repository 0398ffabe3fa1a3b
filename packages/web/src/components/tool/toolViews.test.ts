// @vitest-environment node
import type { RequestItem, ToolItem } from '@farhand/shared'
import { describe, expect, test } from 'vitest'
import { foundFiles, matchIn } from './grepLines.ts'
import { groupElapsed, groupSummary } from './toolGroup.ts'
import { isHeldBack, toolState } from './toolState.ts'
import { groupKind, opensByItself, viewTool } from './toolView.ts'
import { definitionOf } from './toolViews.ts'

function buildTool(tool: string, input: Record<string, unknown>, part: Partial<ToolItem> = {}): ToolItem {
  const base = { id: `tool:${tool}`, commandId: 'c', at: 0, seq: 1, type: 'tool' as const, toolUseId: tool }
  return { ...base, tool, input, state: 'done', ...part }
}
const resultOf = (structured: unknown, output = ''): Partial<ToolItem> => ({
  result: { toolUseId: 't', isError: false, output, structured },
})

describe('each tool has its own line', () => {
  const read = { type: 'text', file: { content: '', startLine: 40, numLines: 4, totalLines: 120 } }
  test.each([
    ['Bash', { command: 'ls', description: 'List' }, { stdout: 'a\nb\n' }, 'Ran List', '2 lines', 'bash'],
    ['Bash', { command: 'ls' }, undefined, 'Ran ls', '', 'bash'],
    ['Bash', { command: 'ls' }, { stdout: 'a\nb\n', persistedOutputSize: 200_000 }, 'Ran ls', '200 kB', 'bash'],
    ['TaskUpdate', { taskId: '2', status: 'in_progress' }, undefined, 'Updated a task #2 · in progress', '', 'tasks'],
    ['Read', { file_path: '/a.ts', offset: 40, limit: 4 }, read, 'Read /a.ts:40–43', '4 of 120 lines', 'read'],
    [
      'Grep',
      { pattern: 'x', path: 'src' },
      { numFiles: 2, numMatches: 3, filenames: [] },
      'Searched /x/ in src',
      '3 in 2 files',
      'matches',
    ],
    [
      'Glob',
      { pattern: '**' },
      { numFiles: 1, filenames: ['a'], truncated: false },
      'Found files **',
      '1 file',
      'files',
    ],
    [
      'WebFetch',
      { url: 'https://e.com/a' },
      { bytes: 14_200, code: 200, result: '', durationMs: 1 },
      'Fetched e.com/a',
      '200 · 14 kB',
      'fetch',
    ],
    ['WebSearch', { query: 'q' }, { results: [] }, 'Searched the web q', '', 'webSearch'],
    ['Write', { file_path: 'a', content: 'x' }, { type: 'create' }, 'Created a', '', 'edit'],
    ['Edit', { file_path: 'a', old_string: 'x', new_string: 'y' }, undefined, 'Edited a', '', 'edit'],
    [
      'NotebookEdit',
      { notebook_path: 'n', cell_id: 'c3', new_source: 'x' },
      undefined,
      'Edited cell c3 n',
      '',
      'notebook',
    ],
    [
      'Agent',
      { description: 'Look', subagent_type: 'Explore' },
      { status: 'completed', totalToolUseCount: 2, totalTokens: 21_400 },
      'Agent Look · Explore',
      '2 tools · 21.4k tokens',
      'agent',
    ],
    [
      'TodoWrite',
      { todos: [{ status: 'completed' }, { status: 'pending' }] },
      undefined,
      'Updated the plan 1 of 2',
      '',
      'tasks',
    ],
    ['mcp__linear__create_issue', {}, undefined, 'Used Create issue', '', 'mcp'],
    ['SomethingNew', {}, undefined, 'Used SomethingNew', '', 'json'],
  ])('%s', (tool, input, structured, line, metric, body) => {
    const view = viewTool(buildTool(tool, input, resultOf(structured)))
    expect([`${view.verb} ${view.target}`, view.metric, view.body]).toEqual([line, metric, body])
  })

  test('malformed inputs and results get what can be read of them', () => {
    const broken = [undefined, null, 5, 'text', { file: 1 }, { results: 'x' }, { structuredPatch: [{}] }]
    for (const tool of [
      'Bash',
      'Read',
      'Grep',
      'Glob',
      'WebFetch',
      'WebSearch',
      'Edit',
      'Agent',
      'TodoWrite',
      'hasOwnProperty',
    ])
      for (const structured of broken)
        expect(
          viewTool(buildTool(tool, { file_path: 5, todos: 'x', pattern: null }, resultOf(structured))).verb,
        ).not.toBe('')
  })

  test('the verb changes with the state', () => {
    const bash = (part: Partial<ToolItem>) => buildTool('Bash', { command: 'ls' }, part)
    expect(viewTool(bash({ state: 'running' })).verb).toBe('Running')
    expect(viewTool(bash({ state: 'running' }), true).verb).toBe('Run')
    expect(viewTool(buildTool('Bash', { run_in_background: true }, { state: 'running' })).verb).toBe('In background')
  })
})

test('only what reads and went well is counted in a group', () => {
  expect(groupKind(buildTool('Read', {}), false)).toBe('read')
  expect(groupKind(buildTool('Read', {}, { state: 'running' }), false)).toBe('read')
  expect(groupKind(buildTool('Read', {}, { state: 'running' }), true)).toBeUndefined()
  expect(groupKind(buildTool('Read', {}, { state: 'failed' }), false)).toBeUndefined()
  expect(groupKind(buildTool('Bash', {}), false)).toBeUndefined()
  const items = [
    buildTool('Read', {}, { endedAt: 2_000 }),
    buildTool('Grep', {}, { at: 3_000, endedAt: 12_000 }),
    buildTool('WebFetch', {}),
    buildTool('Glob', {}),
  ]
  expect(groupSummary(items)).toBe('1 read, 2 searches, 1 page')
  expect(groupElapsed(items)).toBe('12 s')
})

test('changes and failures open by themselves, new files and what a person likes compact do not', () => {
  const opens = (item: ToolItem, detail: Parameters<typeof opensByItself>[2] = 'normal') =>
    opensByItself(item, viewTool(item), detail)
  const edit = buildTool('Edit', { old_string: 'a', new_string: 'b' })
  expect(opens(edit)).toBe(true)
  expect(opens(edit, 'compact')).toBe(false)
  expect(opens(buildTool('Bash', {}))).toBe(false)
  expect(opens(buildTool('Bash', {}), 'everything')).toBe(true)
  expect(opens(buildTool('Bash', {}, { state: 'failed' }))).toBe(true)
  expect(opens(buildTool('Write', { content: 'line\n'.repeat(60) }))).toBe(false)
})

describe('a row says how its tool stands', () => {
  const request = (state: RequestItem['state']): RequestItem => ({
    ...{ id: 'r', commandId: 'c', at: 0, seq: 1, type: 'request', requestId: 'r', digest: 'd', state },
    request: { requestId: 'r', digest: 'd', type: 'permission', tool: 'Bash', input: {} },
  })
  const failed = buildTool('Bash', {}, { state: 'failed' })
  const running = buildTool('Bash', {}, { state: 'running' })
  test.each([
    [running, undefined, true, 'running', 'Running'],
    [running, undefined, false, 'unknown', 'Unknown — machine disconnected'],
    [running, request({ name: 'open' }), true, 'asked', 'Waiting for you'],
    [failed, undefined, true, 'failed', 'Failed'],
    [
      failed,
      request({ name: 'decided', behavior: 'deny', at: 0, message: 'use staging' }),
      true,
      'denied',
      'Denied · use staging',
    ],
    [failed, request({ name: 'decided', behavior: 'allow', at: 0 }), true, 'failed', 'Failed'],
    [buildTool('Bash', {}, { state: 'lost' }), undefined, true, 'stopped', ''],
    [buildTool('Bash', {}, { state: 'lost' }), request({ name: 'open' }), true, 'stopped', 'Stopped'],
    [buildTool('Bash', {}), undefined, true, 'done', ''],
  ] as const)('%#', (item, about, online, name, text) => {
    expect(toolState(item, { request: about, online })).toEqual({ name, text })
  })
})

test('a row says neither that something was done which was not, nor that it was done to its end', () => {
  const request = (state: RequestItem['state']): RequestItem => ({
    ...{ id: 'r', commandId: 'c', at: 0, seq: 1, type: 'request', requestId: 'r', digest: 'd', state },
    request: { requestId: 'r', digest: 'd', type: 'permission', tool: 'Bash', input: {} },
  })
  const denied = request({ name: 'decided', behavior: 'deny', at: 0 })
  const allowed = request({ name: 'decided', behavior: 'allow', at: 0 })
  const cancelled = request({ name: 'resolved', resolution: { requestId: 'r', outcome: 'cancelled' }, at: 0 })
  const lineOf = (state: ToolItem['state'], about: RequestItem | undefined, part: Partial<ToolItem> = {}): string => {
    const item = buildTool('Bash', { command: 'ls' }, { state, ...part })
    const { verb, target } = viewTool(item, isHeldBack(item, about))
    return [verb, target, toolState(item, { request: about, online: true }).text].join(' ').trim()
  }
  const byRule: Partial<ToolItem> = {
    decided: { toolUseId: 'Bash', behavior: 'deny', standIn: { type: 'policy', rule: 'Bash', source: 'rules:1' } },
  }
  expect([
    lineOf('running', request({ name: 'open' })),
    lineOf('running', allowed),
    lineOf('done', allowed),
    lineOf('failed', allowed),
    lineOf('failed', denied),
    lineOf('failed', undefined, byRule),
    lineOf('lost', undefined),
    lineOf('lost', allowed),
    lineOf('lost', cancelled),
  ]).toEqual([
    'Run ls Waiting for you',
    'Running ls Running',
    'Ran ls',
    'Ran ls Failed',
    'Run ls Denied',
    'Run ls Failed',
    'Stopped running ls',
    'Stopped running ls',
    'Run ls Stopped',
  ])
})

test('found lines stand under their files, with the match marked where that is safe', () => {
  expect(foundFiles('a.ts:3:one\na.ts-4-near\nb/c.ts:1:x:y\n--\n')).toEqual([
    {
      path: 'a.ts',
      lines: [
        { number: 3, text: 'one', context: false },
        { number: 4, text: 'near', context: true },
      ],
    },
    { path: 'b/c.ts', lines: [{ number: 1, text: 'x:y', context: false }] },
  ])
  expect(matchIn('let Tax = 1', 'tax', true)).toEqual([4, 7])
  expect(matchIn('a', '(', false)).toBeUndefined()
  expect(matchIn('a'.repeat(40), '(a+)+$', false)).toBeUndefined()
})

test('every tool that is named has a view of its own', () => {
  expect(definitionOf('toString').body).toBe('json')
  expect(definitionOf('mcp__a').body).toBe('json')
})
