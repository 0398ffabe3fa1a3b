import { expect, test } from 'vitest'
import { addTotals, playwrightTotals, stageTotals, vitestTotals } from './totals.ts'

test('both runners’ reports are counted', () => {
  expect(vitestTotals({ numPassedTests: 5, numFailedTests: 1 })).toEqual({ passed: 5, failed: 1 })
  expect(playwrightTotals({ stats: { expected: 3, unexpected: 1, flaky: 1, skipped: 0 } })).toEqual({
    passed: 3,
    failed: 2,
  })
})

test('what is no report counts as none', () => {
  for (const report of [undefined, null, [], {}, { stats: {} }]) {
    expect(vitestTotals(report)).toBeUndefined()
    expect(playwrightTotals(report)).toBeUndefined()
  }
})

test.each([
  ['a crash without a report', 1, undefined, { passed: 0, failed: 1 }],
  ['a file that could not be loaded', 1, { passed: 9, failed: 0 }, { passed: 9, failed: 1 }],
  ['a run without any test', 0, { passed: 0, failed: 0 }, { passed: 0, failed: 1 }],
  ['a runner ended by a signal', undefined, { passed: 4, failed: 0 }, { passed: 4, failed: 1 }],
  ['failed tests, which are named once', 1, { passed: 4, failed: 2 }, { passed: 4, failed: 2 }],
  ['a good run', 0, { passed: 4, failed: 0 }, { passed: 4, failed: 0 }],
])('%s', (_name, exitCode, counted, expected) => {
  expect(stageTotals(exitCode, counted)).toEqual(expected)
})

test('the sum is the sum', () => {
  expect(
    addTotals([
      { passed: 1, failed: 0 },
      { passed: 2, failed: 3 },
    ]),
  ).toEqual({ passed: 3, failed: 3 })
})
