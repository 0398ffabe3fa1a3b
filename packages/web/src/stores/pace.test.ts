// @vitest-environment node
import { expect, test } from 'vitest'
import { FLUSH_MS, KEY_MS, MOST_MS, PAUSE_PER_DRAWN, waitToDraw } from './pace.ts'

const NEVER = Number.NEGATIVE_INFINITY

test('what streams is gathered for a moment, and waits for a key to be painted', () => {
  expect(waitToDraw(1_000, 1_000, NEVER)).toBe(FLUSH_MS)
  expect(waitToDraw(1_050, 1_000, NEVER)).toBe(0)
  expect(waitToDraw(1_050, 1_000, 1_040)).toBe(KEY_MS - 10)
  expect(waitToDraw(1_100, 1_000, 1_040)).toBe(0)
})

test('where it takes long to draw, more is gathered, within bounds', () => {
  expect(waitToDraw(1_000, 1_000, NEVER, 5)).toBe(FLUSH_MS)
  expect(waitToDraw(1_000, 1_000, NEVER, 25)).toBe(25 * PAUSE_PER_DRAWN)
  expect(waitToDraw(1_000, 1_000, NEVER, 1_000)).toBe(MOST_MS)
})

test('a hand that never rests holds nothing back for long', () => {
  let now = 1_000
  for (let wait = waitToDraw(now, 1_000, now); wait > 0; wait = waitToDraw(now, 1_000, now)) now += wait
  expect(now - 1_000).toBe(MOST_MS)
})
