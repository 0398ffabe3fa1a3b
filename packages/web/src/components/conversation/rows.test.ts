// @vitest-environment node
import { emptyTimeline, foldEntries, stoppableCommand, type Entry } from '@farhand/shared'
import { buildLog, COMMAND_ID } from '@farhand/shared/testing'
import { expect, test } from 'vitest'
import type { OutboxItem } from '../../stores/outboxStore.ts'
import { nestedItems } from './timelineIndex.ts'
import { countNews, rowOfKey, rowsOf } from './rows.ts'

const read = (id: string): Partial<Entry>[] => [
  { kind: 'tool_started', response: JSON.stringify({ toolUseId: id, tool: 'Read', input: { file_path: id } }) },
  { kind: 'tool_finished', response: JSON.stringify({ toolUseId: id, isError: false, output: 'x' }) },
]
const timelineOf = (lines: Parameters<typeof buildLog>[0]) => foldEntries(emptyTimeline(), buildLog(lines))
const NOW = { now: 1_700_000_000_000 }
const kept: OutboxItem = {
  commandId: COMMAND_ID,
  sessionId: 's',
  projectId: 'p',
  text: 'hi',
  at: 0,
  state: 'sent',
}

test('a message keeps its key when its entry arrives, and is there once', () => {
  expect(rowsOf(emptyTimeline(), [kept], NOW).map((row) => [row.type, row.key])).toEqual([['kept', COMMAND_ID]])
  const timeline = timelineOf([{ kind: 'command', response: 'hi' }])
  expect(rowsOf(timeline, [kept], NOW).map((row) => [row.type, row.key])).toEqual([['item', COMMAND_ID]])
})

test('quiet tools that follow each other are one line, and keep it as more come', () => {
  expect(rowsOf(timelineOf(read('a')), [], NOW).map((row) => row.key)).toEqual(['tools:tool:a'])
  expect(rowsOf(timelineOf([...read('a'), ...read('b')]), [], NOW).map((row) => row.key)).toEqual(['tools:tool:a'])
  const apart = timelineOf([...read('a'), ...read('b'), { kind: 'text', key: 'k', response: 'hm' }, ...read('c')])
  expect(rowsOf(apart, [], NOW).map((row) => row.type)).toEqual(['tools', 'item', 'tools'])
})

test('what a subagent does stands inside its tool', () => {
  const timeline = timelineOf([
    { kind: 'tool_started', response: { toolUseId: 'agent', tool: 'Task', input: {} } },
    { kind: 'tool_started', response: { toolUseId: 'inner', parentToolUseId: 'agent', tool: 'Bash', input: {} } },
    { kind: 'text', key: 'agent/m:0', final: true, response: 'inside' },
  ])
  expect(rowsOf(timeline, [], NOW).map((row) => row.key)).toEqual(['tool:agent'])
  expect(nestedItems(timeline, 'agent').map((item) => item.type)).toEqual(['tool', 'text'])
})

test('news are messages and ends, not tools', () => {
  const timeline = timelineOf([
    { kind: 'command', response: 'hi' },
    ...read('a'),
    { kind: 'text', key: 'k', final: true, response: 'done' },
    { kind: 'run_finished', status: 'complete', response: { durationMs: 1 } },
  ])
  expect(countNews(rowsOf(timeline, [], NOW))).toBe(3)
})

test('[CMD5] Stop is for the command at work, else for the oldest that waits', () => {
  const waiting = timelineOf([{ kind: 'command', response: 'one' }])
  expect(stoppableCommand(waiting)).toBe(COMMAND_ID)
  const other = '00000000-0000-4000-8000-0000000000ff'
  const busy = timelineOf([
    { kind: 'command', response: 'one' },
    { kind: 'command', commandId: other, response: 'two' },
    { kind: 'run_started', commandId: other, response: {} },
  ])
  expect(stoppableCommand(busy)).toBe(other)
  expect(
    stoppableCommand(
      timelineOf([
        { kind: 'command', response: 'x' },
        { kind: 'run_finished', status: 'complete', response: { durationMs: 1 } },
      ]),
    ),
  ).toBeUndefined()
})

test('what failed, what waits for a person and what changes something stands alone', () => {
  const timeline = timelineOf([
    ...read('a'),
    { kind: 'tool_started', response: { toolUseId: 'f', tool: 'Read', input: {} } },
    { kind: 'tool_finished', response: { toolUseId: 'f', isError: true, output: 'no' } },
    ...read('b'),
    { kind: 'tool_started', response: { toolUseId: 'e', tool: 'Edit', input: {} } },
  ])
  expect(rowsOf(timeline, [], NOW).map((row) => row.type)).toEqual(['tools', 'tool', 'tools', 'tool'])
})

test('a message that waited stands where its run began, and not in the answer before it', () => {
  const other = '00000000-0000-4000-8000-0000000000ff'
  const log = [
    { kind: 'command', response: 'one' },
    { kind: 'run_started', response: {} },
    { kind: 'text', key: 'k', final: true, response: 'begins' },
    { kind: 'command', commandId: other, response: 'two' },
    { kind: 'text', key: 'l', final: true, response: 'goes on' },
  ]
  const types = (timeline: ReturnType<typeof timelineOf>) => rowsOf(timeline, [], NOW).map((row) => row.key)
  expect(types(timelineOf(log))).not.toContain(other)
  const done = { kind: 'run_finished', status: 'complete' as const, response: { durationMs: 1 } }
  const started = { kind: 'run_started', commandId: other, response: {} }
  const answer = { kind: 'text', commandId: other, key: 'm', final: true, response: 'second answer' }
  expect(types(timelineOf([...log, done, started, answer])).slice(-3)).toEqual([
    `end:${COMMAND_ID}`,
    other,
    `text:${other}:m`,
  ])
})

test('days and what is new are marked where they begin', () => {
  const at = new Date(2025, 4, 5, 12).getTime()
  const day = 24 * 60 * 60_000
  const timeline = timelineOf([
    { kind: 'command', response: 'one', at },
    { kind: 'text', key: 'a', final: true, response: 'x', at: at + 1 },
    { kind: 'text', key: 'b', final: true, response: 'y', at: at + day },
  ])
  const types = (marks: Parameters<typeof rowsOf>[2]) => rowsOf(timeline, [], marks).map((row) => row.type)
  expect(types({ now: at + day })).toEqual(['day', 'item', 'item', 'day', 'item'])
  expect(types({ now: at + day, newAfter: 2 })).toEqual(['day', 'item', 'item', 'day', 'new', 'item'])
  expect(types({ now: at + day, newAfter: 3 })).toEqual(['day', 'item', 'item', 'day', 'item'])
})

test('what a group stood for is found in the group that it was joined with, or in a row of its own', () => {
  const log = buildLog([...read('a'), ...read('b'), ...read('c')])
  const newer = foldEntries(emptyTimeline(), log.slice(2))
  expect(rowsOf(newer, [], NOW).map(({ key }) => key)).toEqual(['tools:tool:b'])
  const whole = foldEntries(emptyTimeline(), log)
  const present = (key: string, timeline = whole) => rowOfKey(rowsOf(timeline, [], NOW), key, timeline)
  expect(present('tools:tool:b')).toBe('tools:tool:a')
  expect(present('tools:tool:z')).toBeUndefined()
  const failing = timelineOf([
    { kind: 'tool_started', response: { toolUseId: 'f', tool: 'Read', input: {} } },
    { kind: 'tool_finished', response: { toolUseId: 'f', isError: true, output: 'no' } },
  ])
  expect(present('tools:tool:f', failing)).toBe('tool:f')
})
