import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../../test/temporary.ts'
import { deferCall, stillWaits } from './transcript.ts'

const NOW = { at: new Date(0), uuid: '00000000-0000-4000-8000-000000000001' }
const CALL = { toolUseId: 't1', tool: 'Bash', permissionMode: 'default' }
const asked = {
  type: 'assistant',
  uuid: 'a1',
  sessionId: 's',
  version: '2',
  message: { id: 'm1', content: [use('t1')] },
}

function use(id: string) {
  return { type: 'tool_use', id, name: 'Bash', input: { command: 'make' } }
}
const result = (id: string) => ({
  type: 'user',
  uuid: `r ${id}`,
  message: { content: [{ type: 'tool_result', tool_use_id: id }] },
})

function record(...rows: (object | string)[]): string {
  const file = join(temporaryDirectory(), 'record.jsonl')
  writeFileSync(file, rows.map((row) => (typeof row === 'string' ? row : `${JSON.stringify(row)}\n`)).join(''))
  return file
}

test.for([
  ['it is the last thing that happened', [asked], true],
  [
    'others of the same message are done',
    [asked, { ...asked, uuid: 'a2', message: { id: 'm1', content: [use('t2')] } }, result('t2')],
    true,
  ],
  ['notes follow', [asked, { type: 'last-prompt' }, { type: 'attachment', attachment: { type: 'date' } }], true],
  [
    'a subagent goes on',
    [asked, { ...asked, uuid: 'a3', isSidechain: true, message: { id: 'm9', content: [] } }],
    true,
  ],
  ['a line was cut off', [asked, '{"type":"assis'], true],
  ['it has its result', [asked, result('t1')], false],
  ['somebody spoke', [asked, { type: 'user', message: { content: 'never mind' } }], false],
  ['Claude went on', [asked, { ...asked, uuid: 'a4', message: { id: 'm2', content: [] } }], false],
  ['it was asked in a subagent', [{ ...asked, isSidechain: true }], false],
  ['it is not there', [{ type: 'user', message: { content: 'go' } }], false],
  ['nothing is there', [], false],
] as [string, (object | string)[], boolean][])('[REQ5] a call waits: %s', ([, rows, waits]) => {
  expect(stillWaits(record(...rows), 't1')).toBe(waits)
})

test('[REQ5] no record: nothing waits, and nothing is written', () => {
  const missing = join(temporaryDirectory(), 'missing.jsonl')
  expect(stillWaits(missing, 't1')).toBe(false)
  expect(deferCall(missing, CALL, NOW)).toBe(false)
})

test('[REQ5] it is written down once, on a line of its own, in the words of its conversation', () => {
  const file = record(asked, '{"cut')
  expect(deferCall(file, CALL, NOW)).toBe(true)
  expect(deferCall(file, CALL, NOW)).toBe(true)
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  expect(lines).toHaveLength(3)
  expect(JSON.parse(lines[2] ?? '')).toEqual({
    parentUuid: 'a1',
    sessionId: 's',
    version: '2',
    isSidechain: false,
    type: 'attachment',
    attachment: {
      type: 'hook_deferred_tool',
      toolUseID: 't1',
      toolName: 'Bash',
      toolInput: { command: 'make' },
      hookName: 'farhand',
      hookEvent: 'PreToolUse',
      permissionMode: 'default',
    },
    uuid: NOW.uuid,
    timestamp: '1970-01-01T00:00:00.000Z',
  })
  appendFileSync(file, `${JSON.stringify(result('t1'))}\n`)
  expect(deferCall(file, CALL, NOW)).toBe(false)
})
