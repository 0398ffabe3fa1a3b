import { isRecord } from '../model/json.ts'

export type Totals = { passed: number; failed: number }

/** From `vitest --reporter=json`. Undefined where it is no such report. */
export function vitestTotals(report: unknown): Totals | undefined {
  if (!isRecord(report)) return undefined
  return totals(report.numPassedTests, report.numFailedTests)
}

/** From Playwright's JSON reporter. A flaky test passed only at a second try; it counts as failed. */
export function playwrightTotals(report: unknown): Totals | undefined {
  const stats = isRecord(report) && isRecord(report.stats) ? report.stats : undefined
  if (!stats) return undefined
  const unexpected = totals(stats.expected, stats.unexpected)
  const flaky = typeof stats.flaky === 'number' ? stats.flaky : 0
  return unexpected && { passed: unexpected.passed, failed: unexpected.failed + flaky }
}

/** A runner that ended badly, or ran nothing, has failed even when it names no failed test. */
export function stageTotals(exitCode: number | undefined, counted: Totals | undefined): Totals {
  const { passed, failed } = counted ?? { passed: 0, failed: 0 }
  const wentWell = exitCode === 0 && passed > 0
  return { passed, failed: failed === 0 && !wentWell ? 1 : failed }
}

export function addTotals(all: readonly Totals[]): Totals {
  return {
    passed: all.reduce((sum, one) => sum + one.passed, 0),
    failed: all.reduce((sum, one) => sum + one.failed, 0),
  }
}

function totals(passed: unknown, failed: unknown): Totals | undefined {
  return typeof passed === 'number' && typeof failed === 'number' ? { passed, failed } : undefined
}
