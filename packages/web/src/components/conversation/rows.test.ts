// @vitest-environment node
import { emptyTimeline, foldEntries, type Entry } from '@farhand/shared'
import { buildLog, COMMAND_ID } from '@farhand/shared/testing'
import { expect, test } from 'vitest'
import type { OutboxItem } from '../../stores/outboxStore.ts'
import { nestedItems } from '../tool/toolView.ts'
import { countNews, rowsOf, stoppableCommand } from './rows.ts'

const read = (id: string): Partial<Entry>[] => [
  { kind: 'tool_started', response: JSON.stringify({ toolUseId: id, tool: 'Read', input: { file_path: id } }) },
  { kind: 'tool_finished', response: JSON.stringify({ toolUseId: id, isError: false, output: 'x' }) },
]
const timelineOf = (lines: Parameters<typeof buildLog>[0]) => foldEntries(emptyTimeline(), buildLog(lines))
const kept: OutboxItem = {
  commandId: COMMAND_ID,
  sessionId: 's',
  projectId: 'p',
  text: 'hi',
  opensSession: true,
  at: 0,
  state: 'sent',
}

test('a message keeps its key when its entry arrives, and is there once', () => {
  expect(rowsOf(emptyTimeline(), [kept]).map((row) => [row.type, row.key])).toEqual([['kept', COMMAND_ID]])
  const timeline = timelineOf([{ kind: 'command', response: 'hi' }])
  expect(rowsOf(timeline, [kept]).map((row) => [row.type, row.key])).toEqual([['item', COMMAND_ID]])
})

test('quiet tools that follow each other are one line, from three on', () => {
  expect(rowsOf(timelineOf([...read('a'), ...read('b')]), []).map((row) => row.type)).toEqual(['tool', 'tool'])
  expect(rowsOf(timelineOf([...read('a'), ...read('b'), ...read('c')]), []).map((row) => row.type)).toEqual(['tools'])
  const apart = timelineOf([...read('a'), ...read('b'), { kind: 'text', key: 'k', response: 'hm' }, ...read('c')])
  expect(rowsOf(apart, []).map((row) => row.type)).toEqual(['tool', 'tool', 'item', 'tool'])
})

test('what a subagent does stands inside its tool', () => {
  const timeline = timelineOf([
    { kind: 'tool_started', response: { toolUseId: 'agent', tool: 'Task', input: {} } },
    { kind: 'tool_started', response: { toolUseId: 'inner', parentToolUseId: 'agent', tool: 'Bash', input: {} } },
    { kind: 'text', key: 'agent/m:0', final: true, response: 'inside' },
  ])
  expect(rowsOf(timeline, []).map((row) => row.key)).toEqual(['tool:agent'])
  expect(nestedItems(timeline, 'agent').map((item) => item.type)).toEqual(['tool', 'text'])
})

test('news are messages and ends, not tools', () => {
  const timeline = timelineOf([
    { kind: 'command', response: 'hi' },
    ...read('a'),
    { kind: 'text', key: 'k', final: true, response: 'done' },
    { kind: 'run_finished', status: 'complete', response: { durationMs: 1 } },
  ])
  expect(countNews(rowsOf(timeline, []))).toBe(3)
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
