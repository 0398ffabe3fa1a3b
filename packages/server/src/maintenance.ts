import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { FarhandError } from '@farhand/shared'
import { backupStore } from './log/sqlite/backup.ts'
import { DATABASE_FILE, toStorageError } from './log/sqlite/connection.ts'
import { inspect, type Contents } from './log/sqlite/inspect.ts'
import { restoreStore } from './log/sqlite/restore.ts'

/** What is done with a data directory as a whole. Each answers what to tell the person. */
export const MAINTENANCE = { backup, restore, check } as const

async function backup(dataDir: string, args: readonly string[]): Promise<string> {
  return await told(async () => {
    const to = fileOf(args, 'backup')
    const contents = describe(await backupStore(dataDir, to))
    return `Backed up to ${to}: ${contents}. Attachments are not in it; they are files of ${join(dataDir, 'attachments')}.`
  })
}

async function restore(dataDir: string, args: readonly string[]): Promise<string> {
  return await told(async () => {
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

async function check(dataDir: string, args: readonly string[]): Promise<string> {
  if (args.length > 0) throw new FarhandError('BAD_REQUEST', 'Usage: farhand-server check')
  return await told(() =>
    Promise.resolve(`The database is in order: ${describe(inspect(join(dataDir, DATABASE_FILE)))}.`),
  )
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
