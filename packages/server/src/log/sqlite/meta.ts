import { builder, type Connection } from './connection.ts'

/** What the store notes about itself. */

export function readMeta(db: Connection, key: string): string | undefined {
  return db.first(builder.selectFrom('meta').select('value').where('key', '=', key).compile())?.value
}

export function writeMeta(db: Connection, key: string, value: string): void {
  db.run(
    builder
      .insertInto('meta')
      .values({ key, value })
      .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
      .compile(),
  )
}
