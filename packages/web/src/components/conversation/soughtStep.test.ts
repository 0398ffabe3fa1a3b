// @vitest-environment node
import { emptyTimeline, foldEntries } from '@farhand/shared'
import { buildLog } from '@farhand/shared/testing'
import { expect, test } from 'vitest'
import { soughtStep } from './soughtStep.ts'

const timeline = foldEntries(emptyTimeline(), buildLog([{ kind: 'command', response: 'Go' }]))
const [here] = timeline.items.map(({ id }) => id)
const log = { phase: 'live', from: 50, timeline, missing: false } as const
const able = { can: true, busy: false }

test('it is read back to where the item stands, and no further', () => {
  expect(soughtStep({ itemId: here ?? '', seq: 1 }, log, able)).toBe('found')
  expect(soughtStep({ itemId: 'x', seq: 50 }, log, able)).toBe('read')
  expect(soughtStep({ itemId: 'x', seq: 51 }, log, able)).toBe('gone')
})

test('it waits for the connection and for what is under way, and a session that is not there has no item', () => {
  const wanted = { itemId: 'x', seq: 1 }
  expect(soughtStep(wanted, { ...log, phase: 'catching-up' }, able)).toBe('wait')
  expect(soughtStep(wanted, log, { can: true, busy: true })).toBe('wait')
  expect(soughtStep(wanted, log, { can: false, busy: false })).toBe('wait')
  expect(soughtStep(wanted, { ...log, missing: true, phase: 'idle' }, able)).toBe('gone')
})
