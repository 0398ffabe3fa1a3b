// @vitest-environment node
import { emptyTimeline, foldEntries } from '@farhand/shared'
import { buildLog } from '@farhand/shared/testing'
import { expect, test } from 'vitest'
import { rowGap } from './rowGap.ts'
import { rowsOf, type Row } from './rows.ts'

const tool = (id: string, name: string, input: object) => [
  { kind: 'tool_started', response: { toolUseId: id, tool: name, input } },
  { kind: 'tool_finished', response: { toolUseId: id, isError: false, output: 'x' } },
]

function gapsOf(rows: readonly Row[]): string[] {
  return rows.map((row, at) => `${row.type === 'item' ? row.item.type : row.type}: ${rowGap(rows[at - 1], row)}`)
}

test('what belongs together stands closer: steps of a kind as lines, an end below its answer, messages apart', () => {
  const timeline = foldEntries(
    emptyTimeline(),
    buildLog([
      { kind: 'command', response: 'hi' },
      { kind: 'thinking', key: 't', final: true, response: 'hm' },
      ...tool('a', 'Read', { file_path: 'a' }),
      ...tool('b', 'Write', { file_path: 'b', content: 'c' }),
      { kind: 'text', key: 'k', final: true, response: 'so' },
      ...tool('c', 'Bash', { command: 'ls' }),
      { kind: 'run_finished', status: 'complete', response: { durationMs: 1 } },
    ]),
  )
  const waiting = { sessionId: 's', projectId: 'p', text: 'more', at: 0, state: 'sent' as const }
  const kept = [
    { ...waiting, commandId: 'one' },
    { ...waiting, commandId: 'two' },
  ]
  expect(gapsOf(rowsOf(timeline, kept, { now: 1_700_000_000_000 }))).toEqual([
    'message: none',
    'thinking: row',
    'tools: line',
    'tool: line',
    'text: row',
    'tool: row',
    'run_end: part',
    'kept: turn',
    'kept: part',
  ])
})

test('a day stands apart from what is around it, and a message from everything', () => {
  const day: Row = { type: 'day', key: 'day:1', at: 1 }
  const message = rowsOf(foldEntries(emptyTimeline(), buildLog([{ kind: 'command', response: 'hi' }])), [], { now: 0 })
  const [own] = message.filter(({ type }) => type === 'item')
  expect(own).toBeDefined()
  if (own === undefined) return
  expect([rowGap(own, day), rowGap(day, own), rowGap(day, day)]).toEqual(['row', 'turn', 'row'])
})
