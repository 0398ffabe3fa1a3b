import { MAX_PAGE_BYTES, type Page } from '@farhand/shared'
import { pageOf, rangeOf } from '../page.ts'
import type { PageCache } from '../pageCache.ts'
import { ENTRY_COLUMNS, IS_DELTA, type EntryRow } from '../rows.ts'
import type { PageQuestion } from '../store.ts'
import type { Connection } from './database.ts'
import { MAX_TEXT_GROWTH } from './values.ts'

/** What is larger than a page all together stays in the database: `ahead` is what comes before an entry. */
function select(detail: PageQuestion['detail'], order: 'asc' | 'desc'): string {
  const only = detail === 'final' ? ` and not (${IS_DELTA})` : ''
  return `select ${ENTRY_COLUMNS} from (
      select *, sum(octet_length(body)) over (order by seq ${order}) - octet_length(body) as ahead from (
        select ${ENTRY_COLUMNS} from entries where session_id = $1 and seq > $2 and seq < $3${only}
        order by seq ${order} limit $4) found) sized
    where ahead <= ${MAX_PAGE_BYTES * MAX_TEXT_GROWTH} order by seq ${order}`
}

const SQL = {
  head: `select head from sessions where session_id = $1 and deleted = 0`,
  full: { asc: select('full', 'asc'), desc: select('full', 'desc') },
  final: { asc: select('final', 'asc'), desc: select('final', 'desc') },
} as const

/** The head first: everything up to it is there by then, so the page accounts for all of it. */
export async function readPage(
  connection: Connection,
  question: PageQuestion,
  cache: PageCache,
): Promise<(Page & { head: number }) | undefined> {
  const [found] = await connection.query<{ head: number }>(SQL.head, [question.sessionId])
  if (found === undefined) return undefined
  const { head } = found
  const known = cache.get(question, head)
  if (known !== undefined) return known
  const { sessionId, detail, limit } = question
  const range = rangeOf(question, head)
  const text = SQL[detail][range.forward ? 'asc' : 'desc']
  const rows = await connection.query<EntryRow>(text, [sessionId, range.start, range.end, limit])
  const isOdd = rows.length === 0 && range.end - range.start > 1
  if (isOdd && (await connection.query(SQL.head, [sessionId])).length === 0) return undefined // deleted in between
  const page = { ...pageOf(rows, range, limit), head }
  cache.put(question, page)
  return page
}
