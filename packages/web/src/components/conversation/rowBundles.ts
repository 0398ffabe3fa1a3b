import { sameMembers } from '../../composables/steady.ts'
import type { Row } from './rows.ts'

/** What one new row has drawn anew at most. A browser does a little for each bundle too, whenever anything moves. */
export const MOST_ROWS_IN_BUNDLE = 6

/** Rows that follow each other and are drawn together. `key` stays the same while rows come and go. */
export type RowBundle = { key: string; rows: readonly Row[] }

/**
 * Rows in bundles: those that were in one stay in it, whatever comes above, below or between; what is new joins those
 * beside it while there is room. A bundle that holds the same rows is the same object. Pure.
 */
export function rowBundles(before: readonly RowBundle[], rows: readonly Row[]): readonly RowBundle[] {
  const homes = new Map(before.flatMap(({ key, rows: held }) => held.map((row) => [row.key, key])))
  const firstKnown = rows.findIndex(({ key }) => homes.has(key))
  const taken = new Set<string>()
  const bundles: { key: string; rows: Row[] }[] = []

  for (const [at, row] of rows.entries()) {
    if (at < firstKnown) continue
    const home = homes.get(row.key)
    const next = rows[at + 1]
    const last = bundles.at(-1)
    if (last !== undefined && (home ?? homeOfNew(last, next && homes.get(next.key))) === last.key) last.rows.push(row)
    else bundles.push({ key: free(home ?? row.key, taken), rows: [row] })
  }
  // What comes above is gathered upwards, from what is known.
  for (const row of rows.slice(0, Math.max(0, firstKnown)).toReversed()) {
    const first = bundles[0]
    if (first !== undefined && first.rows.length < MOST_ROWS_IN_BUNDLE) first.rows.unshift(row)
    else bundles.unshift({ key: free(row.key, taken), rows: [row] })
  }
  return keepBundles(before, bundles)
}

/** How many of the first rows of each bundle are among the first `count` of all. Pure. */
export function amongFirst(bundles: readonly RowBundle[], count: number): number[] {
  let left = count
  return bundles.map(({ rows }) => {
    const here = Math.min(left, rows.length)
    left -= here
    return here
  })
}

/** Whatever a full bundle holds on both sides of a new row takes that one too: else its second half would be made anew. */
function homeOfNew(last: RowBundle, homeOfNext: string | undefined): string | undefined {
  return last.rows.length < MOST_ROWS_IN_BUNDLE || homeOfNext === last.key ? last.key : undefined
}

/** A row that was moved may have given its key to a bundle that it has left. */
function free(key: string, taken: Set<string>): string {
  let one = key
  while (taken.has(one)) one += '+'
  taken.add(one)
  return one
}

function keepBundles(before: readonly RowBundle[], bundles: readonly RowBundle[]): readonly RowBundle[] {
  const known = new Map(before.map((bundle) => [bundle.key, bundle]))
  return bundles.map((bundle) => {
    const same = known.get(bundle.key)
    return same !== undefined && sameMembers(same.rows, bundle.rows) ? same : bundle
  })
}
