import { isMark } from './rows.ts'

/** Rows drawn at the end, and how many more come when somebody asks. */
export const PAGE_ROWS = 100
/** Of those the first ones, which fill a screen; the others come a few per frame. */
export const FIRST_ROWS = 16
/** So many at first, then as many as a frame has time for. */
export const ROWS_PER_FRAME = 4
/** Never more than this are in the page: beyond it drawing, scrolling and searching get slow. */
export const MOST_ROWS = 400
/** While following, the window moves on by so many rows at once. */
const STEP_ROWS = 20
/** Rows drawn above and below one that is looked for. */
const AROUND_ROWS = { above: 20, below: 60 }

/**
 * Which rows are drawn: `[first, end)`. The rows at its edges are remembered by key, because rows come and go; never by a
 * mark's, and what stands for a key that is gone is for the caller to say.
 */
export type RowWindow = { firstKey?: string; endKey?: string }
export type Drawn = { first: number; end: number }

/** The end of the conversation, as long as a reader follows it. */
export const NEWEST: RowWindow = {}

/** All pure. `keys` are those of all rows, in order. `depth`: how many of the end are drawn so far. */
export function drawnRows(keys: readonly string[], { firstKey, endKey }: RowWindow, depth: number = PAGE_ROWS): Drawn {
  const place = firstKey === undefined ? -1 : keys.indexOf(firstKey)
  const newest = Math.max(0, Math.ceil((keys.length - PAGE_ROWS) / STEP_ROWS) * STEP_ROWS, keys.length - depth)
  const first = withMarksAbove(keys, place === -1 ? newest : place)
  const endPlace = endKey === undefined || place === -1 ? -1 : keys.indexOf(endKey)
  const end = endPlace === -1 ? keys.length : endPlace + 1
  return { first, end: Math.min(end, first + MOST_ROWS) }
}

/**
 * Rows at the beginning that are to leave stay for a moment, from `heldKey` on; others than those of a step are not held.
 */
export function held(keys: readonly string[], { first, end }: Drawn, heldKey: string | undefined): Drawn {
  const place = heldKey === undefined ? -1 : keys.indexOf(heldKey)
  const isStep = place !== -1 && place < first && first - place <= 2 * STEP_ROWS
  return { first: isStep ? place : first, end }
}

/** More above; what is too much then leaves at the other end. */
export function earlier(keys: readonly string[], shown: Drawn, rows: number = PAGE_ROWS): RowWindow {
  const first = Math.max(0, shown.first - rows)
  return windowOf(keys, { first, end: Math.min(shown.end, first + MOST_ROWS) })
}

export function later(keys: readonly string[], shown: Drawn, rows: number = PAGE_ROWS): RowWindow {
  const end = Math.min(keys.length, shown.end + rows)
  return windowOf(keys, { first: Math.max(shown.first, end - MOST_ROWS), end })
}

/** Holds what is drawn where it is, so that what comes never pushes it away. */
export function pinned(keys: readonly string[], shown: Drawn): RowWindow {
  return windowOf(keys, shown)
}

/** A window that shows a row, as after a search or on the way back to where one was. */
export function around(keys: readonly string[], key: string): RowWindow {
  const place = keys.indexOf(key)
  if (place === -1) return NEWEST
  const { above, below } = AROUND_ROWS
  return windowOf(keys, { first: Math.max(0, place - above), end: Math.min(keys.length, place + below) })
}

/** A day's line stands above its first row, and comes with it. */
function withMarksAbove(keys: readonly string[], first: number): number {
  let start = first
  while (start > 0 && isMark(keys[start - 1] ?? '')) start -= 1
  return start
}

function windowOf(keys: readonly string[], { first, end }: Drawn): RowWindow {
  const firstKey = keys.slice(first, end).find((key) => !isMark(key))
  const endKey = end >= keys.length ? undefined : keys.slice(first, end).findLast((key) => !isMark(key))
  return { ...(firstKey === undefined ? {} : { firstKey }), ...(endKey === undefined ? {} : { endKey }) }
}
