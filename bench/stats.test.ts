import { expect, test } from 'vitest'
import { median, quantile } from './stats.ts'

test('quantiles are by nearest rank, whatever the order', () => {
  const samples = [5, 1, 4, 2, 3]
  expect([0, 0.2, 0.5, 0.99, 1].map((q) => quantile(samples, q))).toEqual([1, 1, 3, 5, 5])
  expect(median([])).toBeNaN()
})
