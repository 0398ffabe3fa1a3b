// @vitest-environment node
import { expect, test } from 'vitest'
import { relayOffset } from './clock.ts'

const DAY_MS = 24 * 60 * 60 * 1000

test('[F85] a relay whose clock is a day ahead is known by its offset, whichever way', () => {
  expect(relayOffset(undefined, 1_000 + DAY_MS, 1_000)).toBe(DAY_MS)
  expect(relayOffset(undefined, 1_000, 1_000 + DAY_MS)).toBe(-DAY_MS)
})

test('[F85] the quickest message tells the offset best, and delays do not move it', () => {
  const [first, slow, quick] = [100 - 40, 200 - 900, 300 - 3]
  let offset = relayOffset(undefined, first, 0)
  offset = relayOffset(offset, slow, 0)
  expect(offset).toBe(60)
  expect(relayOffset(offset, quick, 0)).toBe(297)
})

test('[F85] a clock that is put right in between is noticed', () => {
  expect(relayOffset(DAY_MS, 1_000, 1_000)).toBe(0)
})
