import type { Page } from '@farhand/shared'
import { pageOf, rangeOf, type PageRange } from '../page.ts'
import type { PageCache } from '../pageCache.ts'
import { ENTRY_COLUMNS, IS_DELTA, type EntryRow } from '../rows.ts'
import type { PageQuestion } from '../store.ts'
import type { Connection } from './connection.ts'
import { MAX_PREVIEWS_PER_ROW, toEntryRows } from './previews.ts'

const RANGE = `session_id = ?1 and seq > ?2 and seq < ?3`
const RECORDS = `select ${ENTRY_COLUMNS}, null as ats from records where ${RANGE}`
/** Those that reach into the range: a row begins at most so many entries before it. */
const PREVIEWS = `select session_id, seq, command_id, kind, key, null, null, texts, 'streaming', null, null, 0, ats
  from previews where session_id = ?1 and seq > ?2 - ${MAX_PREVIEWS_PER_ROW} and seq + count - 1 > ?2 and seq < ?3`
const FULL = `${RECORDS} union all ${PREVIEWS}`
const FINAL = `${RECORDS} and not (${IS_DELTA})`
const SQL = {
  head: `select head from sessions where session_id = ? and deleted = 0`,
  full: { asc: `${FULL} order by seq limit ?4`, desc: `${FULL} order by seq desc limit ?4` },
  final: { asc: `${FINAL} order by seq limit ?4`, desc: `${FINAL} order by seq desc limit ?4` },
} as const

/** In the order of `ENTRY_COLUMNS`: a record, or a row of previews, which has `ats`, and their texts as its body. */
type PageRow = [
  session_id: string,
  seq: number,
  command_id: string,
  kind: string,
  key: string | null,
  final: number | null,
  digest: string | null,
  body: string,
  status: EntryRow['status'],
  code: string | null,
  author: string | null,
  at: number,
  ats: string | null,
]

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
  const range = rangeOf(question, head)
  const text = SQL[question.detail][range.forward ? 'asc' : 'desc']
  const { sessionId, limit } = question
  const statement = connection.prepare(text)
  statement.setReturnArrays(true) // half as dear as objects
  // The driver's type only knows objects.
  const rows: unknown = statement.iterate(sessionId, range.start, range.end, limit)
  return pageOf(unfold(rows as Iterable<PageRow>, range, limit), range, limit)
}

/** The entries in the order of the rows, at most `limit`; of a row of previews those that are inside. */
function* unfold(rows: Iterable<PageRow>, { start, end, forward }: PageRange, limit: number): Generator<EntryRow> {
  let left = limit
  for (const [session_id, seq, command_id, kind, key, final, digest, body, status, code, author, at, ats] of rows) {
    if (ats === null) {
      yield { session_id, seq, command_id, kind, key, final, digest, body, status, code, author, at }
      if ((left -= 1) === 0) return
      continue
    }
    const previews = toEntryRows({ session_id, seq, command_id, kind, key: key ?? '', ats, texts: body })
    for (const preview of forward ? previews : previews.reverse()) {
      if (preview.seq <= start || preview.seq >= end) continue
      yield preview
      if ((left -= 1) === 0) return
    }
  }
}
