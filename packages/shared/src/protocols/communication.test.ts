import { expect, test } from 'vitest'
import { RECONNECT_CAP_MS, reconnectDelay, speaks } from './communication.ts'

test('[CON3] the wait is drawn from nothing up to a ceiling that doubles to the cap', () => {
  expect([0, 1, 2, 3].map((attempt) => reconnectDelay(attempt, 1))).toEqual([250, 500, 1000, 2000])
  expect(reconnectDelay(1_000_000, 0.9999)).toBeLessThanOrEqual(RECONNECT_CAP_MS)
  expect(reconnectDelay(5, 0)).toBe(0)
})

test('a peer of another protocol is not spoken with', () => {
  expect([0, 1, 2].map(speaks)).toEqual([false, true, false])
})
