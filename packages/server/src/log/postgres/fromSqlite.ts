import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { FarhandError } from '@farhand/shared'
import { DATABASE_FILE, connect, lockDirectory, type Connection as Source } from '../sqlite/connection.ts'
import { PUSH_KEYS } from '../push/rows.ts'
import { inspect, type Contents } from '../sqlite/inspect.ts'
import { readMeta } from '../sqlite/meta.ts'
import { openDatabase, type Connection, type Database } from './database.ts'
import { countEntries, LOG_EPOCH_KEY } from './logEpoch.ts'
import { writeMeta } from './meta.ts'
import { bringUpToDate } from './migrate.ts'
import { createRelayLock } from './relayLock.ts'
import { insertRows } from './rows.ts'
import { COLUMNS } from './schema.ts'

/** In an order in which what is referred to comes first. */
const TABLES = [
  'agents',
  'projects',
  'sessions',
  'entries',
  'inputs',
  'requests',
  'tokens',
  'web_sessions',
  'retention_rules',
  'retention_records',
  'push_subscriptions',
  'push_news',
] as const
type Table = (typeof TABLES)[number]

/** Which entry is older than which, across sessions, is told by where they lie. */
const ORDER: Partial<Record<Table, string>> = { entries: 'order by id, seq' }

/** A few of them are in memory at once. */
const CHUNK_ROWS = 1_000
const CHUNK_CHARACTERS = 2_000_000

/**
 * Copies the whole store of a data directory into an empty Postgres database: all of it, checked by numbers, or nothing. It
 * stays the same log, so readers go on from their cursors. No relay may use either of the two; the directory is left as it is.
 *
 * @throws FarhandError `NOT_FOUND` without a store, `BAD_REQUEST` where the database has a log already, `STORAGE_BUSY` while a
 * relay uses one of them, `STORAGE_UNAVAILABLE`
 */
export async function copyToPostgres(dataDir: string, url: string): Promise<Contents> {
  const file = join(dataDir, DATABASE_FILE)
  if (!existsSync(file)) throw new FarhandError('NOT_FOUND', `There is no store in ${dataDir}.`)
  const unlock = lockDirectory(dataDir)
  const database = openDatabase(url)
  const lock = createRelayLock(url, 'alone')
  let source: Source | undefined
  try {
    source = await connect(dataDir)
    const contents = inspect(file)
    await bringUpToDate(url)
    await lock.ensure()
    await copy(source, database)
    return contents
  } finally {
    source?.close()
    await lock.close()
    await database.close()
    unlock()
  }
}

async function copy(source: Source, database: Database): Promise<void> {
  await database.long.change(async (target) => {
    // The file may be large, and be read for long before its first row comes.
    await target.query(`select set_config('idle_in_transaction_session_timeout', '0', true)`)
    for (const table of TABLES) {
      if ((await countRows(target, table)) > 0) {
        throw new FarhandError('BAD_REQUEST', 'The database of DATABASE_URL has a log already; name an empty one.')
      }
    }
    for (const table of TABLES) {
      for (const rows of chunksOf(source, table)) await insertRows(target, table, rows)
    }
    await writeMeta(target, LOG_EPOCH_KEY, readMeta(source, LOG_EPOCH_KEY) ?? '')
    const pushKeys = readMeta(source, PUSH_KEYS)
    if (pushKeys !== undefined) await writeMeta(target, PUSH_KEYS, pushKeys)
    await compare(source, target)
  })
}

function* chunksOf(source: Source, table: Table): Generator<Record<string, unknown>[]> {
  const columns = Object.keys(COLUMNS[table]).join(', ')
  let chunk: Record<string, unknown>[] = []
  let characters = 0
  for (const row of source.prepare(`select ${columns} from ${table} ${ORDER[table] ?? ''}`).iterate()) {
    chunk.push(row)
    characters += typeof row['body'] === 'string' ? row['body'].length : 0
    if (chunk.length < CHUNK_ROWS && characters < CHUNK_CHARACTERS) continue
    yield chunk
    chunk = []
    characters = 0
  }
  yield chunk
}

/** @throws FarhandError `STORAGE_UNAVAILABLE` where something is missing; nothing of the copy stays then */
async function compare(source: Source, target: Connection): Promise<void> {
  for (const table of TABLES) {
    const [mine, theirs] = [countIn(source, `count(*) as number from ${table}`), await countRows(target, table)]
    if (mine !== theirs) throw incomplete(`${theirs} of ${mine} rows of ${table}`)
  }
  const [mine, theirs] = [countIn(source, 'coalesce(sum(head), 0) as number from sessions'), await countEntries(target)]
  if (mine !== theirs) throw incomplete(`${theirs} of ${mine} numbers of entries`)
}

function countIn(source: Source, what: string): number {
  return Number(source.prepare(`select ${what}`).get()?.['number'])
}

async function countRows(target: Connection, table: Table): Promise<number> {
  const [row] = await target.query<{ number: number }>(`select count(*) as number from ${table}`)
  return row?.number ?? 0
}

function incomplete(what: string): FarhandError {
  return new FarhandError('STORAGE_UNAVAILABLE', `Only ${what} arrived; nothing was copied.`)
}
