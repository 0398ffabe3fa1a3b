// @vitest-environment node
import { buildEntry } from '@farhand/shared/testing'
import { expect, test } from 'vitest'
import { fitTail, KEPT_TAILS, KEPT_TAILS_BYTES, TAIL_BYTES, TAIL_ENTRIES, tailsToDrop, type Tail } from './tailRules.ts'

function tail(entries: Tail['entries'], from = 0): Tail {
  return { sessionId: 's', projectId: 'p', logEpoch: 'log-1', from, cursor: entries.length + from, readAt: 1, entries }
}

test('a short tail is kept whole', () => {
  const entries = [1, 2, 3].map((seq) => buildEntry(seq))
  expect(fitTail(tail(entries))).toMatchObject({ from: 0, cursor: 3, entries })
})

test('of a long one the newest entries are kept, and it says after which they begin', () => {
  const entries = Array.from({ length: TAIL_ENTRIES + 50 }, (_, index) => buildEntry(index + 1))
  const fitted = fitTail(tail(entries))
  expect(fitted.entries).toHaveLength(TAIL_ENTRIES)
  expect(fitted.from).toBe(50)
  expect(fitted.entries[0]?.seq).toBe(51)
})

test('a tail of large entries is bounded by its bytes', () => {
  const entries = [1, 2, 3, 4].map((seq) => ({ ...buildEntry(seq), response: 'x'.repeat(TAIL_BYTES / 5) }))
  const fitted = fitTail(tail(entries))
  expect(fitted.bytes).toBeLessThanOrEqual(TAIL_BYTES)
  expect(fitted.entries.map((entry) => entry.seq)).toEqual([3, 4])
  expect(fitted.from).toBe(2)
})

test('previews that their record replaced are not kept, and the tail still accounts for them', () => {
  const part = { kind: 'text', key: 'm:0' }
  const entries = [
    { ...buildEntry(1), ...part },
    { ...buildEntry(2), ...part },
    { ...buildEntry(3), ...part, final: true },
    { ...buildEntry(4), kind: 'text', key: 'm:1' },
  ]
  const fitted = fitTail(tail(entries))
  expect(fitted.entries.map((entry) => entry.seq)).toEqual([3, 4])
  expect([fitted.from, fitted.cursor]).toEqual([0, 4])
})

test('the tails that were looked at longest ago go first, by number and by bytes', () => {
  const facts = Array.from({ length: KEPT_TAILS + 2 }, (_, index) => ({
    sessionId: `s${index}`,
    bytes: 1,
    usedAt: index,
  }))
  expect(tailsToDrop(facts)).toEqual(['s1', 's0'])
  const large = [1, 2, 3].map((usedAt) => ({ sessionId: `l${usedAt}`, bytes: KEPT_TAILS_BYTES * 0.4, usedAt }))
  expect(tailsToDrop(large)).toEqual(['l1'])
})

test('what came after the cursor was read is not kept: it will be read again', () => {
  const entries = [1, 2, 3].map((seq) => buildEntry(seq))
  expect(fitTail({ ...tail(entries), cursor: 2 }).entries.map(({ seq }) => seq)).toEqual([1, 2])
})
