import type { Connection } from './database.ts'

/** What the store notes about itself. */

const SQL = {
  read: `select value from meta where key = $1`,
  write: `insert into meta (key, value) values ($1, $2) on conflict (key) do update set value = excluded.value`,
  replace: `update meta set value = $3 where key = $1 and value = $2`,
  begin: `insert into meta (key, value) values ($1, $2) on conflict (key) do nothing`,
} as const

export async function readMeta(connection: Connection, key: string): Promise<string | undefined> {
  return (await connection.query<{ value: string }>(SQL.read, [key]))[0]?.value
}

export async function writeMeta(connection: Connection, key: string, value: string): Promise<void> {
  await connection.run(SQL.write, [key, value])
}

/** Whoever comes first writes it; answers what is there then. */
export async function beginMeta(connection: Connection, key: string, value: string): Promise<string> {
  await connection.run(SQL.begin, [key, value])
  return (await readMeta(connection, key)) ?? value
}

/** Only where it still has its former value; answers what is there then. */
export async function replaceMeta(connection: Connection, key: string, former: string, value: string): Promise<string> {
  await connection.run(SQL.replace, [key, former, value])
  return (await readMeta(connection, key)) ?? value
}
