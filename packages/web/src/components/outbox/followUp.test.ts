// @vitest-environment node
import { emptyTimeline, foldEntries, idSchema, type RunEndItem, type Timeline } from '@farhand/shared'
import { buildLog, COMMAND_ID } from '@farhand/shared/testing'
import { expect, test } from 'vitest'
import { followUpOf, nextId } from './followUp.ts'

const OTHER_ID = '00000000-0000-4000-8000-0000000000c2'
const command = { kind: 'command', response: 'fix it' }
const started = { kind: 'run_started', response: {} }

function ended(code: string) {
  return { kind: 'run_finished', status: 'error' as const, code, response: { durationMs: 1 } }
}

function followUp(...lines: Parameters<typeof buildLog>[0]) {
  const timeline: Timeline = foldEntries(emptyTimeline(), buildLog(lines))
  const end = timeline.items.find((item): item is RunEndItem => item.type === 'run_end')
  if (end === undefined) throw new Error('the log has an end')
  return followUpOf(timeline, end)
}

test('an interrupted run can be gone on with, by a command of its own', () => {
  const wish = followUp(command, started, ended('INTERRUPTED'))
  expect(wish?.type).toBe('go_on')
  expect(idSchema.safeParse(wish?.commandId).success).toBe(true)
  expect(wish?.commandId).not.toBe(COMMAND_ID)
})

test('[F76] an expired command can be sent again as it was', () => {
  expect(followUp(command, ended('EXPIRED'))).toMatchObject({ type: 'send_again', text: 'fix it' })
})

test('other ends offer nothing, and neither does one after which something was said', () => {
  expect(followUp(command, started, ended('CANCELLED'))).toBeUndefined()
  expect(followUp(command, started, ended('CLAUDE_AUTH'))).toBeUndefined()
  const later = { ...command, commandId: OTHER_ID }
  expect(followUp(command, started, ended('INTERRUPTED'), later)).toBeUndefined()
  expect(followUp(command, later, started, ended('INTERRUPTED'))).toBeUndefined()
})

test('[LOG2] whoever clicks, and however often, it is the same command; a further interruption has another', () => {
  const first = nextId(COMMAND_ID)
  expect(nextId(COMMAND_ID)).toBe(first)
  const ids = new Set([COMMAND_ID, first, nextId(first), nextId(nextId(first))])
  expect(ids.size).toBe(4)
  expect([...ids].every((id) => idSchema.safeParse(id).success)).toBe(true)
  expect(idSchema.safeParse(nextId('00000000-0000-4000-8000-ffffffffffff')).success).toBe(true)
})
