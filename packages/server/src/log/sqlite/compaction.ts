import { failpoint } from '../../failpoint.ts'
import { IS_DELTA } from '../rows.ts'
import type { Connection } from './connection.ts'
import { readMeta, writeMeta } from './meta.ts'

const SQL = {
  position: `select max((select coalesce(max(id), 0) from records), (select coalesce(max(id), 0) from previews)) as id`,
  end: `select coalesce(max(id), 0) as id from (
    select id from records where id > ?1 and id <= ?2 union all select id from previews where id > ?1 and id <= ?2
    order by id limit ?3)`,
  /** Previews with something unusual about them, and those of older versions. */
  dropRecords: `delete from records where id > ? and id <= ? and ${IS_DELTA} and ${isReplaced('records')}`,
  dropPreviews: `delete from previews where id > ? and id <= ? and ${isReplaced('previews')}`,
} as const

/** By a record of the same command: what is left of another is the sign that it has begun (CMD2). */
function isReplaced(table: 'records' | 'previews'): string {
  return `exists (select 1 from records f where f.session_id = ${table}.session_id and f.key = ${table}.key
    and f.command_id = ${table}.command_id and f.final = 1 and f.seq > ${table}.seq)`
}

/** The id of the newest record, or of the row of previews that is newer. */
export function newestPosition(connection: Connection): number {
  return idOf(connection.prepare(SQL.position).get())
}

const COMPACTED_TO = 'compactedTo'

/**
 * LOG7, for one slice of the table. Previews without a record stay: they are all that was said. Answers whether there are
 * more slices up to `upTo`.
 */
export function compact(connection: Connection, upTo: number, limit: number): boolean {
  const done = Number(readMeta(connection, COMPACTED_TO) ?? 0)
  // Positions are given again when the newest entries were deleted, so nothing counts as done beyond them.
  const last = Math.min(upTo, newestPosition(connection))
  if (done >= last) return false
  const end = dropReplaced(connection, done, last, limit)
  writeMeta(connection, COMPACTED_TO, String(end))
  return end < last
}

/** After entries were deleted: what comes in their place was not looked at. */
export function shrinkCompacted(connection: Connection): void {
  const done = Number(readMeta(connection, COMPACTED_TO) ?? 0)
  const newest = newestPosition(connection)
  if (done > newest) writeMeta(connection, COMPACTED_TO, String(newest))
}

function dropReplaced(connection: Connection, after: number, upTo: number, limit: number): number {
  const end = idOf(connection.prepare(SQL.end).get(after, upTo, limit))
  if (end === 0) return upTo
  connection.prepare(SQL.dropRecords).run(after, end)
  failpoint('relay.compact.betweenTables')
  connection.prepare(SQL.dropPreviews).run(after, end)
  return end
}

function idOf(row: unknown): number {
  return (row as { id: number } | undefined)?.id ?? 0
}
