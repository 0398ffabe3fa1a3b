import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { FarhandError } from '@farhand/shared'
import { Kysely, SqliteDialect, type CompiledQuery } from 'kysely'
import { Migrator } from 'kysely/migration'
import { makePrivateDirectory } from './directory.ts'
import { failpoint } from '../../failpoint.ts'
import { migrations, type Schema } from './schema.ts'

/** Older ones can corrupt a WAL database when it is reset. */
const OLDEST_SQLITE = '3.51.3'
const BUSY_TIMEOUT_MS = 2_000
/** A checkpoint is what makes single commits slow; with this many pages there are few. */
const AUTOCHECKPOINT_PAGES = 4_000

export const DATABASE_FILE = 'farhand.db'
const LOCK_FILE = 'lock.db'

/** One open database with its prepared statements. */
export type Connection = {
  /** The statement for this text, prepared once. */
  prepare(text: string): StatementSync
  all<Row>(query: CompiledQuery<Row>): Row[]
  first<Row>(query: CompiledQuery<Row>): Row | undefined
  /** Answers how many rows changed. */
  run(query: CompiledQuery<unknown>): number
  /** Runs `work` in one transaction. `work` is synchronous on purpose: nothing else can come in between. */
  transaction<T>(work: () => T): T
  /**
   * Brings the write-ahead log into the database and empties it, unless somebody still reads from it: it never waits.
   * Answers whether it is empty.
   */
  checkpoint(): boolean
  close(): void
}

/** The query builder. It only builds: queries are compiled with it and run by a connection. */
export const builder = new Kysely<Schema>({
  dialect: new SqliteDialect({ database: () => Promise.reject(new Error('builds queries only')) }),
})

/** A query that was built once, to be asked with other parameters. Building one costs more than asking it. */
export function withParameters<Row>(query: CompiledQuery<Row>, ...parameters: readonly unknown[]): CompiledQuery<Row> {
  return { ...query, parameters }
}

/** Opens the database of a data directory and brings it to the newest schema. */
export async function connect(dataDir: string, name = DATABASE_FILE): Promise<Connection> {
  makePrivateDirectory(dataDir)
  const file = join(dataDir, name)
  closeSync(openSync(file, 'a', 0o600)) // its journal files take over the mode
  const db = new DatabaseSync(file)
  try {
    configure(db)
    await migrate(db)
  } catch (error) {
    db.close()
    throw error
  }
  return wrap(db)
}

/** Makes sure that one relay at a time serves a data directory. The lock dies with its process. */
export function lockDirectory(dataDir: string): () => void {
  makePrivateDirectory(dataDir)
  const lock = new DatabaseSync(join(dataDir, LOCK_FILE))
  try {
    lock.exec('PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE')
  } catch (error) {
    lock.close()
    if (primaryCode(error) !== SQLITE_BUSY) throw error
    throw new FarhandError('STORAGE_BUSY', `Another Farhand server uses the data directory ${dataDir}.`, {
      cause: error,
    })
  }
  return () => lock.close()
}

const SQLITE_BUSY = 5
const SQLITE_LOCKED = 6
const SQLITE_IOERR = 10
const SQLITE_CORRUPT = 11
const SQLITE_NOTADB = 26
/** READONLY, FULL and CANTOPEN too */
const UNAVAILABLE_CODES = [8, SQLITE_IOERR, SQLITE_CORRUPT, 13, 14, SQLITE_NOTADB]

/** The code that a storage failure has for the outside; anything else comes back as it is. */
export function toStorageError(error: unknown): unknown {
  const code = primaryCode(error)
  if (code === SQLITE_BUSY || code === SQLITE_LOCKED) {
    return new FarhandError('STORAGE_BUSY', undefined, { cause: error, retryAfterMs: BUSY_TIMEOUT_MS })
  }
  if (code !== undefined && UNAVAILABLE_CODES.includes(code)) {
    return new FarhandError('STORAGE_UNAVAILABLE', undefined, { cause: error, retryAfterMs: BUSY_TIMEOUT_MS })
  }
  return error
}

/** After a failed fsync nobody knows which pages are on disk: the handle must not be used for another write. */
export function poisons(error: unknown): boolean {
  return primaryCode(error) === SQLITE_IOERR
}

/** The file holds what SQLite never wrote there. */
export function damages(error: unknown): boolean {
  const code = primaryCode(error)
  return code === SQLITE_CORRUPT || code === SQLITE_NOTADB
}

function primaryCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined
  return error.errcode & 0xff
}

function configure(db: DatabaseSync): void {
  const version = String(db.prepare('select sqlite_version() as version').get()?.['version'])
  if (compareVersions(version, OLDEST_SQLITE) < 0) {
    throw new FarhandError('STORAGE_UNAVAILABLE', `SQLite ${version} is too old; ${OLDEST_SQLITE} or newer is needed.`)
  }
  db.exec(`PRAGMA busy_timeout=${BUSY_TIMEOUT_MS}`)
  // The order matters: changing to WAL lowers `synchronous` again, and an acknowledged entry would not be on disk (LOG8).
  db.exec('PRAGMA journal_mode=WAL')
  db.exec('PRAGMA synchronous=FULL')
  db.exec('PRAGMA fullfsync=1')
  db.exec('PRAGMA foreign_keys=ON')
  db.exec(`PRAGMA wal_autocheckpoint=${AUTOCHECKPOINT_PAGES}`)
}

function compareVersions(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true })
}

/** One transaction for all of them, so that a start that is killed in between changes nothing. */
async function migrate(db: DatabaseSync): Promise<void> {
  const kysely = new Kysely<Schema>({ dialect: new SqliteDialect({ database: kyselyDatabase(db) }) })
  const migrator = new Migrator({ db: kysely, provider: { getMigrations: () => Promise.resolve(migrations) } })
  db.exec('BEGIN IMMEDIATE')
  const { error } = await migrator.migrateToLatest()
  if (error !== undefined) {
    db.exec('ROLLBACK')
    throw new FarhandError('STORAGE_UNAVAILABLE', 'The database is of a newer version of Farhand, or damaged.', {
      cause: error,
    })
  }
  failpoint('relay.migrate.beforeCommit')
  db.exec('COMMIT')
}

/** What Kysely wants of a database, over the one that Node brings. */
function kyselyDatabase(db: DatabaseSync) {
  return {
    close: () => {}, // the connection closes it
    prepare: (text: string) => {
      const statement = db.prepare(text)
      return {
        reader: statement.columns().length > 0,
        all: (values: readonly unknown[]) => statement.all(...toSqlValues(values)),
        run: (values: readonly unknown[]) => statement.run(...toSqlValues(values)),
        iterate: (values: readonly unknown[]) => statement.iterate(...toSqlValues(values)),
      }
    },
  }
}

type SqlValue = null | number | bigint | string | Uint8Array

function toSqlValues(values: readonly unknown[]): SqlValue[] {
  return values.map((value) => {
    if (value === undefined || value === null) return null
    if (typeof value === 'boolean') return value ? 1 : 0
    if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'string') return value
    throw new TypeError(`not a value for SQLite: ${typeof value}`)
  })
}

function wrap(db: DatabaseSync): Connection {
  const statements = new Map<string, StatementSync>()

  function prepare(text: string): StatementSync {
    const known = statements.get(text)
    if (known !== undefined) return known
    const statement = db.prepare(text)
    statements.set(text, statement)
    return statement
  }

  return {
    prepare,
    // The row's type is the query's own; SQLite's driver only knows that it is a record.
    all: <Row>(query: CompiledQuery<Row>) => prepare(query.sql).all(...toSqlValues(query.parameters)) as Row[],
    first: <Row>(query: CompiledQuery<Row>) =>
      prepare(query.sql).get(...toSqlValues(query.parameters)) as Row | undefined,
    run: (query) => Number(prepare(query.sql).run(...toSqlValues(query.parameters)).changes),
    transaction: (work) => {
      prepare('BEGIN IMMEDIATE').run()
      try {
        const result = work()
        prepare('COMMIT').run()
        return result
      } catch (error) {
        // SQLite has rolled back by itself after some failures.
        if (db.isTransaction) db.exec('ROLLBACK')
        throw error
      }
    },
    checkpoint: () => {
      db.exec('PRAGMA busy_timeout=0')
      try {
        return db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()?.['busy'] === 0
      } finally {
        db.exec(`PRAGMA busy_timeout=${BUSY_TIMEOUT_MS}`)
      }
    },
    close: () => {
      statements.clear()
      db.close()
    },
  }
}
