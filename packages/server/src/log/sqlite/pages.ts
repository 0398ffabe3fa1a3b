import { MAX_PAGE_BYTES, type Entry, type Page } from '@farhand/shared'
import type { PageCache } from '../pageCache.ts'
import type { PageQuestion } from '../store.ts'
import type { Connection } from './connection.ts'
import { ENTRY_COLUMNS, toEntry } from './rows.ts'
import { IS_DELTA, type EntryRow } from './schema.ts'

const RANGE = `from entries where session_id = ? and seq > ? and seq < ?`
const SQL = {
  head: `select head from sessions where session_id = ? and deleted = 0`,
  full: {
    asc: `select ${ENTRY_COLUMNS} ${RANGE} order by seq limit ?`,
    desc: `select ${ENTRY_COLUMNS} ${RANGE} order by seq desc limit ?`,
  },
  final: {
    asc: `select ${ENTRY_COLUMNS} ${RANGE} and not (${IS_DELTA}) order by seq limit ?`,
    desc: `select ${ENTRY_COLUMNS} ${RANGE} and not (${IS_DELTA}) order by seq desc limit ?`,
  },
} as const

/** Reads one page and the head that belongs to it, in one go. */
export function readPage(
  connection: Connection,
  question: PageQuestion,
  cache: PageCache,
): (Page & { head: number }) | undefined {
  const found = connection.prepare(SQL.head).get(question.sessionId) as { head: number } | undefined
  if (found === undefined) return undefined
  const { head } = found
  const known = cache.get(question, head)
  if (known !== undefined) return known
  const page = { ...pageAt(connection, question, head), head }
  cache.put(question, page)
  return page
}

function pageAt(connection: Connection, question: PageQuestion, head: number): Page {
  const end = Math.min(question.before ?? head + 1, head + 1)
  const forward = question.after !== undefined
  const start = Math.min(question.after ?? 0, end - 1)
  const text = SQL[question.detail][forward ? 'asc' : 'desc']
  const { rows, whole } = take(
    connection.prepare(text).iterate(question.sessionId, start, end, question.limit) as Iterable<EntryRow>,
    question.limit,
  )
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
