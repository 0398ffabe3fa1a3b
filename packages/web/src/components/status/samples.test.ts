import { expect, test } from 'vitest'
import { quantile, rate, total, withSample, type Sample } from './samples.ts'

const sample = (at: number, values: Record<string, number>): Sample => ({ at, values: new Map(Object.entries(values)) })

test('a name stands for all of its series, and not for longer names', () => {
  const one = sample(0, { 'runs{outcome=a}': 2, 'runs{outcome=b}': 3, runs_other: 100 })
  expect(total(one, 'runs')).toBe(5)
  expect(total(one, 'none')).toBeUndefined()
})

test('a rate is per second, and unknown over a restart', () => {
  expect(rate(sample(1_000, { n: 10 }), sample(3_000, { n: 50 }), 'n')).toBe(20)
  expect(rate(sample(1_000, { n: 50 }), sample(3_000, { n: 10 }), 'n')).toBeUndefined()
  expect(rate(sample(1_000, { n: 1 }), sample(1_000, { n: 2 }), 'n')).toBeUndefined()
})

const seen = (at: number, counts: [number, number, number]) =>
  sample(at, { 'h_bucket{le=0.01}': counts[0], 'h_bucket{le=0.1}': counts[1], 'h_bucket{le=+Inf}': counts[2] })

test('a quantile is of what was seen in between, and drawn out within its bucket', () => {
  const [before, after] = [seen(0, [100, 100, 100]), seen(1, [150, 200, 200])]
  expect(quantile(before, after, 'h', 0.5)).toBeCloseTo(0.01)
  expect(quantile(before, after, 'h', 0.25)).toBeCloseTo(0.005)
  expect(quantile(before, after, 'h', 0.75)).toBeCloseTo(0.055)
})

test('what lies above every bound is told as the largest bound, and nothing seen as nothing', () => {
  expect(quantile(seen(0, [0, 0, 0]), seen(1, [0, 0, 5]), 'h', 0.5)).toBe(0.1)
  expect(quantile(seen(0, [4, 4, 4]), seen(1, [4, 4, 4]), 'h', 0.5)).toBeUndefined()
  expect(quantile(sample(0, {}), sample(1, {}), 'h', 0.5)).toBeUndefined()
})

test('a relay that began anew is counted from its beginning', () => {
  expect(quantile(seen(0, [50, 90, 90]), seen(1, [10, 10, 10]), 'h', 0.5)).toBeCloseTo(0.005)
})

test('old samples go', () => {
  const kept = withSample([sample(0, {}), sample(60, {}), sample(100, {})], sample(120, {}), 60)
  expect(kept.map(({ at }) => at)).toEqual([60, 100, 120])
})
