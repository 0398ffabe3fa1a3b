import type { OneTime, OneTimeKind, TakenOnce } from '../store.ts'
import type { Connection } from './database.ts'

/** Secrets that open something once, for relays that share a database: whichever of them is asked. By the database's clock. */

/** What another one is just taking or removing is left to it. */
const FREE = 'for update skip locked'

const SQL = {
  dropOld: `delete from one_time where id in (select id from one_time where expires_at <= clock_timestamp() ${FREE})`,
  dropOf: `delete from one_time where id in (select id from one_time where kind = $1 and owner = $2 ${FREE})`,
  keep: `insert into one_time (kind, hash, owner, body, expires_at)
    values ($1, $2, $3, $4, clock_timestamp() + $5::bigint * interval '1 millisecond')`,
  dropMost: `delete from one_time where id in (
    select id from one_time where kind = $1 order by id desc offset $2::bigint ${FREE})`,
  take: `delete from one_time where kind = $1 and hash = $2
    returning body, (extract(epoch from expires_at - clock_timestamp()) * 1000)::bigint as "leftMs"`,
} as const

/** In the caller's transaction. */
export async function keepOnce(connection: Connection, secret: OneTime): Promise<void> {
  const { kind, hash, owner = null, body, lifeMs, most } = secret
  await connection.run(SQL.dropOld)
  if (owner !== null) await connection.run(SQL.dropOf, [kind, owner])
  await connection.run(SQL.keep, [kind, hash, owner, body, Math.round(lifeMs)])
  await connection.run(SQL.dropMost, [kind, most])
}

/** In the caller's transaction. */
export async function takeOnce(
  connection: Connection,
  kind: OneTimeKind,
  hash: string,
): Promise<TakenOnce | undefined> {
  const [found] = await connection.query<TakenOnce>(SQL.take, [kind, hash])
  return found === undefined || found.leftMs <= 0 ? undefined : found
}
