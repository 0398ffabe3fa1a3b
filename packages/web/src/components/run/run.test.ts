// @vitest-environment node
import { emptyTimeline, foldEntries } from '@farhand/shared'
import { buildLog, COMMAND_ID } from '@farhand/shared/testing'
import { describe, expect, test } from 'vitest'
import { runTexts } from '../../texts/run.ts'
import { allowances, backgroundTasks, lastLimit, runFacts } from './runFacts.ts'
import { filterLog, logFile, logText, runLog } from './runLog.ts'
import { runPhase } from './runPhase.ts'

const fold = (lines: Parameters<typeof buildLog>[0]) => foldEntries(emptyTimeline(), buildLog(lines))
const HERE = { connected: true, online: true }
const command = { kind: 'command', response: 'Do it', author: { id: 'o', name: 'Anna', device: 'Pixel 9' } }
const started = { kind: 'run_started', response: { cwd: '/p' } }
const tool = { kind: 'tool_started', response: { toolUseId: 't', tool: 'Bash', input: { command: 'ls' } } }
const done = { kind: 'tool_finished', response: { toolUseId: 't', isError: true, output: 'no' } }
const edit = [
  {
    kind: 'tool_started',
    response: { toolUseId: 'e', tool: 'Edit', input: { file_path: '/p/a', old_string: 'x\n', new_string: 'y\nz\n' } },
  },
  { kind: 'tool_finished', response: { toolUseId: 'e', isError: false, output: '' } },
]
const suggestions = [{ type: 'addRules', rules: [{ toolName: 'Bash', ruleContent: 'ls:*' }] }]
const request = {
  kind: 'request',
  key: 'r',
  response: { requestId: 'r', digest: 'd', type: 'permission', tool: 'Bash', toolUseId: 't', input: {}, suggestions },
}
const allowed = {
  kind: 'request_resolved',
  key: 'r',
  response: { requestId: 'r', outcome: 'applied', behavior: 'allow', scope: 'session', by: { id: 'o', name: 'Anna' } },
}
const end = (code?: string) => ({
  kind: 'run_finished',
  status: code === undefined ? ('complete' as const) : ('error' as const),
  ...(code === undefined ? {} : { code }),
  response: {
    durationMs: 1_500,
    turns: 2,
    costUsd: 0.4,
    usage: { inputTokens: 10, cacheReadTokens: 90, outputTokens: 7 },
  },
})

describe('the badge says what goes on', () => {
  test.each([
    ['Idle', [], HERE],
    ['Queued', [command], HERE],
    ['Starting', [command, started], HERE],
    ['Thinking', [command, started, { kind: 'thinking', key: 'a', response: 'hm' }], HERE],
    ['Writing', [command, started, { kind: 'text', key: 'a', response: 'Wr' }], HERE],
    ['Running Bash', [command, started, tool], HERE],
    // What waits in line is a message too.
    [
      'Writing',
      [command, started, { kind: 'text', key: 'a', response: 'Wr' }, { ...command, commandId: 'next' }],
      HERE,
    ],
    ['Waiting for you', [command, started, tool, request], HERE],
    [
      'Retrying (2 of 10)',
      [
        command,
        started,
        { kind: 'notice', response: { level: 'warning', type: 'api_retry', message: 'm', attempt: 2, maxRetries: 10 } },
      ],
      HERE,
    ],
    [
      'Compacting',
      [command, started, { kind: 'notice', response: { level: 'info', type: 'compacting', message: 'm' } }],
      HERE,
    ],
    ['Stopping', [command, started, { kind: 'cancel', response: { commandId: COMMAND_ID } }], HERE],
    ['Machine away', [command, started, tool], { connected: true, online: false }],
    ['Unknown', [command, started, tool], { connected: false, online: true }],
    ['Finished', [command, started, end()], HERE],
    ['Stopped', [command, started, end('CANCELLED')], HERE],
    ['Failed', [command, started, end('CLAUDE_EXIT')], HERE],
  ])('%s', (text, lines, at) => expect(runPhase(fold(lines), at).text).toBe(text))
})

test('counters add up over the runs of a session', () => {
  expect(runFacts(fold([command, started, tool, done, ...edit, end()]))).toMatchObject({
    ...{ startedAt: undefined, endedAfterMs: 1_500, turns: 2, tools: 2, failed: 1, added: 2, removed: 1, files: 1 },
    ...{ tokensIn: 100, tokensOut: 7, costUsd: 0.4 },
  })
})

test('a tool that somebody denied has not failed', () => {
  const denied = { ...allowed, response: { ...allowed.response, behavior: 'deny', scope: 'once' } }
  const facts = runFacts(fold([command, started, tool, request, denied, done, end()]))
  expect(facts).toMatchObject({ tools: 1, failed: 0, denied: 1 })
  const log = runLog(fold([command, started, tool, request, denied, done, end()]))
  expect(filterLog(log, 'errors', '')).toEqual([])
  expect(runTexts.tools(3, 1, 1)).toBe('3 · 1 failed · 1 denied')
})

test('allowances, background work and limits are read from what was said', () => {
  expect(allowances(fold([command, started, request, allowed]))).toEqual([
    { id: 'request:r', rule: 'Bash(ls:*)', by: 'Anna', always: false },
  ])
  const background = (message: string) => ({
    kind: 'notice',
    response: { level: 'info', type: 'background_task', message, taskId: 'b1' },
  })
  const timeline = fold([
    background('Background work started: pnpm dev'),
    background('Background work ended: pnpm dev'),
  ])
  expect(backgroundTasks(timeline)).toMatchObject([{ id: 'b1', text: 'pnpm dev', failed: false }])
  expect(backgroundTasks(timeline)[0]?.endedAt).toBeDefined()
  const limit = { kind: 'notice', response: { level: 'warning', type: 'rate_limit', message: 'Near.', resetsAt: 5 } }
  expect(lastLimit(fold([limit]))).toEqual({ message: 'Near.', resetsAt: 5 })
  expect(lastLimit(fold([command]))).toBeUndefined()
})

test('what somebody denied is not marked as done', () => {
  const denied = {
    kind: 'request_resolved',
    key: 'r',
    response: { requestId: 'r', outcome: 'applied', behavior: 'deny' },
  }
  expect(runLog(fold([command, started, tool, request, denied])).at(-1)).toMatchObject({ text: 'Denied', tone: 'idle' })
})

test('what the end of a run cut off is not marked as done', () => {
  const cancelled = { kind: 'request_resolved', key: 'r', response: { requestId: 'r', outcome: 'cancelled' } }
  const tones = (...lines: Parameters<typeof buildLog>[0]) =>
    runLog(fold([command, started, tool, request, ...lines])).map(({ tone }) => tone)
  expect(tones(cancelled, end('INTERRUPTED'))).toEqual(['idle', 'idle', 'need', 'idle', 'fail'])
  expect(tones(allowed)).toEqual(['idle', 'run', 'need', 'done'])
  const doneBy = (...lines: Parameters<typeof buildLog>[0]) =>
    runLog(fold([command, started, tool, request, ...lines])).find(({ kind }) => kind === 'tool')?.text
  expect([
    doneBy(),
    doneBy(allowed),
    doneBy(allowed, end('INTERRUPTED')),
    doneBy(cancelled, end('INTERRUPTED')),
  ]).toEqual(['Run: ls', 'Running: ls', 'Stopped running: ls', 'Run: ls'])
})

test('the log has a line for each thing that happened, and files keep to one line each', () => {
  const lines = runLog(fold([command, started, tool, request, allowed, done, end('CLAUDE_EXIT')]))
  expect(lines.map((line) => line.text)).toEqual([
    'Message from Pixel 9: Do it',
    'Ran: ls',
    'Asked: Claude wants to run a command',
    'Allowed for this session by Anna',
    'Run failed: CLAUDE_EXIT',
  ])
  expect(filterLog(lines, 'decisions', '').length).toBe(2)
  expect(filterLog(lines, 'errors', '').map((line) => line.kind)).toEqual(['tool', 'run'])
  expect(filterLog(lines, 'all', 'RAN').map((line) => line.kind)).toEqual(['tool'])
  expect(logText(lines.slice(0, 2))).toMatch(
    /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}Message from Pixel 9: Do it\n.* {2}Ran: ls \(.*\)\n$/,
  )
  const file = logFile(lines).trimEnd().split('\n')
  expect(file).toHaveLength(5)
  expect(file.map((line) => (JSON.parse(line) as { kind: string }).kind)).toContain('decision')
})
