import { MAX_PAGE_BYTES, type Entry, type Page } from '@farhand/shared'
import { toEntry, type EntryRow } from './rows.ts'
import type { PageQuestion } from './store.ts'

/** How a page comes out of rows. Pure: a store only reads them. */

/** Entries with `start < seq < end`, read from the one side or the other. */
export type PageRange = { start: number; end: number; forward: boolean }

export function rangeOf({ after, before }: PageQuestion, head: number): PageRange {
  const end = Math.min(before ?? head + 1, head + 1)
  return { start: Math.min(after ?? 0, end - 1), end, forward: after !== undefined }
}

/** `source` are the rows of the range in the order of reading, at most `limit`; no more is taken of it than fits. */
export function pageOf(source: Iterable<EntryRow>, { start, end, forward }: PageRange, limit: number): Page {
  const { rows, whole } = take(source, limit)
  if (!forward) rows.reverse()
  const from = forward || whole ? start : (rows[0]?.seq ?? end) - 1
  const to = !forward || whole ? end - 1 : (rows.at(-1)?.seq ?? start)
  return { entries: chain(rows, from), from, to }
}

/** Reads until a limit is reached; `whole` says that there was nothing more to read. */
function take(source: Iterable<EntryRow>, limit: number): { rows: EntryRow[]; whole: boolean } {
  const rows: EntryRow[] = []
  let bytes = 0
  for (const row of source) {
    bytes += Buffer.byteLength(row.body)
    if (rows.length > 0 && bytes > MAX_PAGE_BYTES) return { rows, whole: false }
    rows.push(row)
  }
  return { rows, whole: rows.length < limit }
}

/** `prev` is the entry before it in this page; what is missing between was left out or replaced. */
function chain(rows: readonly EntryRow[], from: number): Entry[] {
  let prev = from
  return rows.map((row) => {
    const entry = toEntry(row, prev)
    prev = row.seq
    return entry
  })
}
