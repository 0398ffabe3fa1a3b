// @vitest-environment node
import { expect, test } from 'vitest'
import { amongFirst, MOST_ROWS_IN_BUNDLE, rowBundles, type RowBundle } from './rowBundles.ts'
import type { Row } from './rows.ts'

const row = (at: number): Row => ({ type: 'day', key: `row ${at}`, at })
const ROWS = Array.from({ length: 100 }, (_none, at) => row(at))
/** Some rows of one hundred; each time the same objects. */
const some = (first: number, end: number): Row[] => ROWS.slice(first, end)
const homeOf = (bundles: readonly RowBundle[]) =>
  new Map(bundles.flatMap(({ key, rows }) => rows.map((one) => [one.key, key])))

/** Each row is in one bundle, in order, and no two bundles have one key. */
function shows(bundles: readonly RowBundle[], rows: readonly Row[]): void {
  expect(bundles.flatMap((bundle) => bundle.rows)).toEqual(rows)
  expect(new Set(bundles.map(({ key }) => key)).size).toBe(bundles.length)
  expect(bundles.every((bundle) => bundle.rows.length > 0)).toBe(true)
}

test('rows are bundled, and no bundle has more than it may', () => {
  const bundles = rowBundles([], some(0, 20))
  shows(bundles, some(0, 20))
  expect(bundles.map(({ rows }) => rows.length)).toEqual([6, 6, 6, 2])
  expect(MOST_ROWS_IN_BUNDLE).toBe(6)
  expect(rowBundles(bundles, [])).toEqual([])
})

test('a row stays where it is, whatever comes above and below, and its bundle the same object', () => {
  const before = rowBundles([], some(50, 64))
  const after = rowBundles(before, some(30, 70))
  shows(after, some(30, 70))
  const homes = homeOf(after)
  for (const [key, home] of homeOf(before)) expect(homes.get(key)).toBe(home)
  expect(after.every(({ rows }) => rows.length <= MOST_ROWS_IN_BUNDLE)).toBe(true)
  // The full ones are untouched; the last one has taken what came below it.
  expect(after).toContain(before[0])
  expect(after).toContain(before[1])
  expect(after.find(({ key }) => key === before[2]?.key)?.rows).toHaveLength(6)
})

test('rows that come above one by one fill the first bundle, then make another', () => {
  let bundles = rowBundles([], some(20, 22))
  for (let first = 19; first >= 10; first -= 1) {
    bundles = rowBundles(bundles, some(first, 22))
    shows(bundles, some(first, 22))
  }
  expect(bundles.map(({ rows }) => rows.length)).toEqual([6, 6])
})

test('a row that shows something else stays in its place', () => {
  const before = rowBundles([], some(0, 12))
  const changed: Row = { type: 'day', key: 'row 3', at: 99 }
  const now = some(0, 12).with(3, changed)
  const after = rowBundles(before, now)
  shows(after, now)
  expect(homeOf(after)).toEqual(homeOf(before))
  expect(after[0]).not.toBe(before[0])
  expect(after[1]).toBe(before[1])
})

test('what comes into the middle of a full bundle parts none of the others from it', () => {
  const before = rowBundles([], some(0, 12))
  const now = some(0, 12).toSpliced(3, 0, row(99))
  const after = rowBundles(before, now)
  shows(after, now)
  const homes = homeOf(after)
  for (const [key, home] of homeOf(before)) expect(homes.get(key)).toBe(home)
})

test('rows that have changed places are all there, under keys of their own', () => {
  const before = rowBundles([], some(0, 18))
  const moved = [...some(12, 18), ...some(3, 9), ...some(0, 3), ...some(9, 12), row(50)]
  shows(rowBundles(before, moved), moved)
})

test('a row that went and comes back beside a bundle with its key gets another', () => {
  const before = rowBundles([], some(0, 6))
  const without = rowBundles(before, some(1, 6))
  const full = rowBundles(without, [row(80), ...some(1, 6)])
  const back = [row(0), row(80), ...some(1, 6)]
  shows(rowBundles(full, back), back)
})

test('the first rows of all are told bundle by bundle', () => {
  const bundles = rowBundles([], some(0, 14))
  expect(amongFirst(bundles, 0)).toEqual([0, 0, 0])
  expect(amongFirst(bundles, 8)).toEqual([6, 2, 0])
  expect(amongFirst(bundles, 99)).toEqual([6, 6, 2])
})
