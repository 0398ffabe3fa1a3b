import { expect, test } from 'vitest'
import { judge, table, toJson, type Figure } from './figures.ts'

const figure = (value: number, goal?: Figure['goal']): Figure => ({
  name: 'p50',
  value,
  unit: 'ms',
  ...(goal === undefined ? {} : { goal }),
})

test('a goal is met at its limit, and missed beyond it; what could not be measured is missed', () => {
  expect([1, 2, 3, Number.NaN].map((value) => judge(figure(value, { atMost: 2 })))).toEqual([
    'met',
    'met',
    'missed',
    'missed',
  ])
  expect([1, 2, 3].map((value) => judge(figure(value, { atLeast: 2 })))).toEqual(['missed', 'met', 'met'])
  expect(judge(figure(1))).toBe('no goal')
})

test('people read a table, programs the same as JSON', () => {
  const finding = {
    title: 'latency',
    note: 'load average 1.0',
    figures: [figure(1.234, { atMost: 2 }), figure(Number.NaN)],
  }
  expect(table(finding)).toBe(
    [
      'latency — load average 1.0',
      '  p50  1.23 ms  at most 2.00 ms  met',
      '  p50  ? ms                      no goal',
    ].join('\n'),
  )
  const json: unknown = JSON.parse(toJson([finding]))
  expect(json).toMatchObject({ findings: [{ title: 'latency', figures: [{ value: 1.234, verdict: 'met' }, {}] }] })
})
