import { expect, test } from 'vitest'
import { createClockSkew } from './clockSkew.ts'

const DAY_MS = 86_400_000
const AGENT = 'a'

test('clocks that differ by a day tell the delay all the same', () => {
  const skew = createClockSkew()
  expect(skew.delay(AGENT, 1_000 + DAY_MS, 1_020)).toBe(0) // the first one stands for no delay
  expect(skew.delay(AGENT, 2_000 + DAY_MS, 2_025)).toBe(5)
  expect(skew.delay(AGENT, 3_000 + DAY_MS, 3_010)).toBe(0) // faster than any before
  expect(skew.delay(AGENT, 4_000 + DAY_MS, 4_050)).toBe(40)
})

test('each agent has a clock of its own', () => {
  const skew = createClockSkew()
  skew.delay(AGENT, 0, 10)
  expect(skew.delay('b', 0, 5_000)).toBe(0)
  expect(skew.delay(AGENT, 100, 112)).toBe(2)
})

test('a clock that was put right is followed after two windows, and a clock that is put back at once', () => {
  const skew = createClockSkew(1_000)
  skew.delay(AGENT, 0, 10)
  expect(skew.delay(AGENT, 500, 5_510)).toBe(5_000)
  expect(skew.delay(AGENT, 1_600, 6_600)).toBe(0)
  skew.forget(AGENT)
  expect(skew.delay(AGENT, 7_000, 100)).toBe(0)
})
