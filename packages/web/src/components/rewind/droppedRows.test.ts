// @vitest-environment node
import { emptyTimeline, foldEntries } from '@farhand/shared'
import { buildLog } from '@farhand/shared/testing'
import { expect, test } from 'vitest'
import { rowOfItem, rowsOf } from '../conversation/rows.ts'

const ID = (last: number): string => `00000000-0000-4000-8000-${String(last).padStart(12, '0')}`
const tool = (id: string) => ({ toolUseId: id, tool: 'Read', input: { file_path: '/p/a' } })

/** One turn: a prompt, an answer and a read. */
const turn = (commandId: string, said: string) => [
  { kind: 'command', commandId, response: said },
  { kind: 'run_started', commandId, response: {} },
  { kind: 'text', commandId, key: `${said}:0`, final: true, response: `About ${said}.` },
  { kind: 'tool_started', commandId, response: tool(said) },
  { kind: 'run_finished', commandId, response: { durationMs: 1 } },
]
const back = (to: string, conversation = true) => ({
  kind: 'rewound',
  commandId: ID(9),
  response: { inputId: ID(9), to, conversation },
})
const rows = (...lines: Parameters<typeof buildLog>[0]) => {
  const timeline = foldEntries(emptyTimeline(), buildLog(lines))
  return { timeline, rows: rowsOf(timeline, [], { now: 1_700_000_000_000 }) }
}

test('what somebody went back to before takes one row, and what comes after stands below', () => {
  const { rows: shown } = rows(...turn(ID(1), 'one'), ...turn(ID(2), 'two'), back(ID(2)), ...turn(ID(3), 'three'))
  expect(shown.map(({ type }) => type)).toEqual([
    ...['item', 'item', 'tool', 'item'],
    'dropped',
    'item', // that somebody went back
    ...['item', 'item', 'tool', 'item'],
  ])
  const dropped = shown.find((row) => row.type === 'dropped')
  expect(dropped?.type === 'dropped' ? dropped.rows.length : 0).toBe(4)
})

test('what is folded can still be led to, and older pages do not give it another key', () => {
  const all = [...turn(ID(1), 'one'), ...turn(ID(2), 'two')]
  const { timeline, rows: whole } = rows(...all, back(ID(1)))
  const newest = rowsOf(foldEntries(emptyTimeline(), buildLog([...all, back(ID(1))]).slice(5)), [], { now: 0 })
  const keyOf = (shown: typeof whole) => shown.find((row) => row.type === 'dropped')?.key
  expect(rowOfItem(whole, 'tool:one', timeline)).toBe(keyOf(whole))
  expect(rowOfItem(whole, ID(1), timeline)).toBe(keyOf(whole))
  expect(keyOf(whole)).toBeDefined()
  expect(keyOf(newest) ?? keyOf(whole)).toBe(keyOf(whole))
})

test('files that were put back drop nothing of the conversation', () => {
  const { rows: shown } = rows(...turn(ID(1), 'one'), back(ID(1), false))
  expect(shown.some(({ type }) => type === 'dropped')).toBe(false)
})
