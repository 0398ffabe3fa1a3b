import type { Pool } from 'pg'
import { FarhandError } from '@farhand/shared'
import { Kysely, PostgresDialect } from 'kysely'
import { Migrator } from 'kysely/migration'
import { toPostgresError } from './errors.ts'
import { connectionOptions, openPool } from './pool.ts'
import { migrations } from './schema.ts'

/** `pg_xact_status` and identity columns. */
const OLDEST_POSTGRES = 130_000

/** Brings the database to the newest schema, in one transaction. It may take its time, hence a connection of its own. */
export async function bringUpToDate(url: string): Promise<void> {
  const pool = openPool({ ...connectionOptions(url), max: 1 })
  const kysely = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
  try {
    await checkServer(pool)
    const migrator = new Migrator({ db: kysely, provider: { getMigrations: () => Promise.resolve(migrations) } })
    const { error } = await migrator.migrateToLatest()
    if (error !== undefined) throw ofMigration(error)
  } catch (error) {
    throw toPostgresError(error)
  } finally {
    await kysely.destroy()
  }
}

async function checkServer(pool: Pool): Promise<void> {
  const { rows } = await pool.query<{ version: string; encoding: string }>(
    `select current_setting('server_version_num') as version, current_setting('server_encoding') as encoding`,
  )
  const { version = '0', encoding = '' } = rows[0] ?? {}
  if (Number(version) < OLDEST_POSTGRES) {
    throw new FarhandError('STORAGE_UNAVAILABLE', 'Postgres is too old; 13 or newer is needed.')
  }
  if (encoding !== 'UTF8') {
    throw new FarhandError('STORAGE_UNAVAILABLE', `The database keeps text as ${encoding}; make one with UTF8.`)
  }
}

function ofMigration(error: unknown): unknown {
  const known = toPostgresError(error)
  if (known !== error) return known
  return new FarhandError('STORAGE_UNAVAILABLE', 'The database is of a newer version of Farhand, or not of Farhand.', {
    cause: error,
  })
}
