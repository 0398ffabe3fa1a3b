import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { FarhandError } from '@farhand/shared'
import { backupStore } from './log/sqlite/backup.ts'
import { DATABASE_FILE, toStorageError } from './log/sqlite/connection.ts'
import { inspect, type Contents } from './log/sqlite/inspect.ts'
import type { StorePlace } from './log/openStore.ts'
import { restoreStore } from './log/sqlite/restore.ts'

type Place = StorePlace & { attachmentsDir: string }

/** What is done with a store as a whole. Each answers what to tell the person. */
export const MAINTENANCE = { backup, restore, check, migrate } as const

async function backup(place: Place, args: readonly string[]): Promise<string> {
  return await told(async () => {
    const dataDir = inDirectory(place, 'pg_dump')
    const to = fileOf(args, 'backup')
    const contents = describe(await backupStore(dataDir, to))
    return `Backed up to ${to}: ${contents}. Attachments are not in it; they are files of ${place.attachmentsDir}.`
  })
}

async function restore(place: StorePlace, args: readonly string[]): Promise<string> {
  return await told(async () => {
    const dataDir = inDirectory(place, 'pg_restore')
    const from = fileOf(args, 'restore')
    const { aside, rights, ...contents } = await restoreStore({ dataDir, file: from, now: Date.now(), randomBytes })
    const lines = [
      `Put back from ${from}: ${describe(contents)}.`,
      ...(aside === undefined ? [] : [`The database that was here is kept as ${aside}; remove it when you are sure.`]),
      rights === 'kept'
        ? 'Tokens and logins stay as they were; only the log went back.'
        : 'Tokens are those of the backup, also such as were removed since; everybody has to sign in again.',
      'Pages read everything again by themselves. Agents send again what they still hold; a session that lost more says so.',
    ]
    return lines.join('\n')
  })
}

async function check(place: StorePlace, args: readonly string[]): Promise<string> {
  if (args.length > 0) throw new FarhandError('BAD_REQUEST', 'Usage: farhand-server check')
  return await told(() => {
    const dataDir = inDirectory(place, 'pg_amcheck')
    return Promise.resolve(`The database is in order: ${describe(inspect(join(dataDir, DATABASE_FILE)))}.`)
  })
}

async function migrate({ dataDir, databaseUrl, attachmentsDir }: Place, args: readonly string[]): Promise<string> {
  if (args.length > 0) throw new FarhandError('BAD_REQUEST', 'Usage: farhand-server migrate')
  if (databaseUrl === undefined) {
    throw new FarhandError('BAD_REQUEST', 'Set DATABASE_URL to the empty Postgres database that the store is to be in.')
  }
  return await told(async () => {
    const { copyToPostgres } = await import('./log/postgres/fromSqlite.ts')
    const contents = describe(await copyToPostgres(dataDir, databaseUrl))
    const lines = [
      `Copied to the database of DATABASE_URL: ${contents}. It is the same log: pages and agents go on where they were.`,
      `Attachments stay in ${attachmentsDir}; keep DATA_DIR as it is.`,
      `The former store is left in ${join(dataDir, DATABASE_FILE)}; remove it when you are sure.`,
    ]
    return lines.join('\n')
  })
}

/** @throws FarhandError `BAD_REQUEST` where the store is not in the data directory */
function inDirectory({ dataDir, databaseUrl }: StorePlace, instead: string): string {
  if (databaseUrl === undefined) return dataDir
  throw new FarhandError('BAD_REQUEST', `The store is in Postgres (DATABASE_URL): use its own ${instead}.`)
}

function fileOf([file, ...rest]: readonly string[], command: string): string {
  if (file === undefined || rest.length > 0)
    throw new FarhandError('BAD_REQUEST', `Usage: farhand-server ${command} FILE`)
  return file
}

/** The door of these commands: what SQLite throws leaves in words. */
async function told(work: () => Promise<string>): Promise<string> {
  try {
    return await work()
  } catch (error) {
    const known = toStorageError(error)
    if (!(known instanceof FarhandError) || known === error || !(error instanceof Error)) throw error
    throw new FarhandError(known.code, `${known.message} (${error.message})`, { cause: error })
  }
}

function describe({ sessions, entries, newest }: Contents): string {
  const until = newest === undefined ? '' : `, the last change ${new Date(newest).toISOString()}`
  return `${count(sessions, 'session', 'sessions')}, ${count(entries, 'entry', 'entries')}${until}`
}

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`
}
