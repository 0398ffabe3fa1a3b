import { IS_DELTA } from '../rows.ts'
import type { Connection } from './database.ts'
import { readMeta, writeMeta } from './meta.ts'

const SQL = {
  position: `select coalesce(max(id), 0)::bigint as id from entries`,
  end: `select coalesce(max(id), 0)::bigint as id
    from (select id from entries where id > $1 and id <= $2 order by id limit $3) slice`,
  drop: `delete from entries e where e.id > $1 and e.id <= $2 and ${IS_DELTA} and exists (
    select 1 from entries f where f.session_id = e.session_id and f.key = e.key and f.command_id = e.command_id
    and f.final = 1 and f.seq > e.seq)`,
} as const

const COMPACTED_TO = 'compactedTo'

/** Where the newest entry of all lies. A position is never given again. */
export async function newestPosition(connection: Connection): Promise<number> {
  return (await connection.query<{ id: number }>(SQL.position))[0]?.id ?? 0
}

/**
 * LOG7, for one slice of the table, in the caller's transaction. Previews without a record stay: they are all that was said.
 * So do those of another command than the record's: they may be the only sign that it has begun (CMD2).
 * Answers whether there are more slices up to `upTo`.
 */
export async function compact(connection: Connection, upTo: number, limit: number): Promise<boolean> {
  const done = Number((await readMeta(connection, COMPACTED_TO)) ?? 0)
  const last = Math.min(upTo, await newestPosition(connection))
  if (done >= last) return false
  const [slice] = await connection.query<{ id: number }>(SQL.end, [done, last, limit])
  const end = slice === undefined || slice.id === 0 ? last : slice.id
  await connection.run(SQL.drop, [done, end])
  await writeMeta(connection, COMPACTED_TO, String(end))
  return end < last
}
