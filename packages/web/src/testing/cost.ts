/**
 * How many times as long `act` takes as `other` does. They take turns, and of each the median counts: what else the machine
 * does falls on both, and on few turns where they are short.
 */
export function timesAsLong(turns: number, act: () => unknown, other: () => unknown): number {
  const times = Array.from({ length: turns }, () => [timeOf(act), timeOf(other)] as const)
  return median(times.map(([mine]) => mine)) / median(times.map(([, its]) => its))
}

function timeOf(act: () => unknown): number {
  const start = performance.now()
  act()
  return performance.now() - start
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
