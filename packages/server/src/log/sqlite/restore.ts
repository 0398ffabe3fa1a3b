import { chmodSync, copyFileSync, existsSync, linkSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { FarhandError } from '@farhand/shared'
import { PUSH_KEYS } from '../push/rows.ts'
import { writeWatermark } from '../watermark.ts'
import { syncToDisk } from './backup.ts'
import { DATABASE_FILE, connect, lockDirectory, type Connection } from './connection.ts'
import { makePrivateDirectory } from './directory.ts'
import { inspect, type Contents } from './inspect.ts'
import { countEntries, renewLogEpoch } from './logEpoch.ts'

export type Restored = Contents & {
  /** Where the database is that was here before. */
  aside: string | undefined
  /**
   * `kept`: those of the database that was here, so that what was taken away stays away. `backup`: the tokens of the copy,
   * and nobody signed in, where that database could not be read.
   */
  rights: 'kept' | 'backup'
}

const RESTORING_FILE = 'farhand.db.restoring'
/** Who may do what. Only the log goes back, not the rights. */
const RIGHTS = ['tokens', 'web_sessions', 'push_subscriptions'] as const

/**
 * Puts a copy of the store back, as another log (LOG9). The database that is there is put aside, never removed; a crash
 * at any moment leaves the one or the other whole.
 * @throws FarhandError `STORAGE_BUSY` while a server uses the directory, and what `inspect` says of the copy
 */
export async function restoreStore(options: {
  dataDir: string
  file: string
  now: number
  randomBytes: (size: number) => Buffer
}): Promise<Restored> {
  const { dataDir, file, now, randomBytes } = options
  const unlock = lockDirectory(dataDir)
  try {
    makePrivateDirectory(dataDir)
    removeCopy(dataDir)
    copyIn(file, dataDir)
    const contents = inspect(join(dataDir, RESTORING_FILE))
    const { rights, watermark } = await makeReady(dataDir, randomBytes)
    const aside = swap(dataDir, now)
    writeWatermark(dataDir, watermark)
    return { ...contents, rights, aside }
  } finally {
    removeCopy(dataDir)
    unlock()
  }
}

function copyIn(file: string, dataDir: string): void {
  if (!existsSync(file)) throw new FarhandError('NOT_FOUND', `There is no file ${file}.`)
  const copy = join(dataDir, RESTORING_FILE)
  copyFileSync(file, copy)
  chmodSync(copy, 0o600)
  // A copy of the files of a stopped server: what is in the write-ahead log belongs to it.
  if (existsSync(`${file}-wal`)) copyFileSync(`${file}-wal`, `${copy}-wal`)
}

function removeCopy(dataDir: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(join(dataDir, RESTORING_FILE + suffix), { force: true })
}

/** Brings the copy to the newest schema, gives it the rights and a name of its own. Closing it empties its write-ahead log. */
async function makeReady(dataDir: string, randomBytes: (size: number) => Buffer) {
  const present = await openPresent(dataDir)
  present?.close()
  const copy = await connect(dataDir, RESTORING_FILE)
  try {
    const rights = present === undefined ? ('backup' as const) : ('kept' as const)
    if (rights === 'kept') takeRights(copy, join(dataDir, DATABASE_FILE))
    else copy.prepare('delete from web_sessions').run()
    return { rights, watermark: { logEpoch: renewLogEpoch(copy, randomBytes), entries: countEntries(copy) } }
  } finally {
    copy.close()
  }
}

/** In the newest schema, so that its rows fit; undefined where there is none that can be read. */
async function openPresent(dataDir: string): Promise<Connection | undefined> {
  if (!existsSync(join(dataDir, DATABASE_FILE))) return undefined
  try {
    inspect(join(dataDir, DATABASE_FILE))
    return await connect(dataDir)
  } catch {
    return undefined // damaged, which may be why a backup is put back
  }
}

function takeRights(copy: Connection, present: string): void {
  copy.prepare('attach ? as present').run(present)
  copy.transaction(() => {
    for (const table of RIGHTS) {
      copy.prepare(`delete from ${table}`).run()
      copy.prepare(`insert into ${table} select * from present.${table}`).run()
    }
    // Subscriptions are for the keys that they were made with.
    copy.prepare(`insert or replace into meta select key, value from present.meta where key = ?`).run(PUSH_KEYS)
  })
  copy.prepare('detach present').run()
}

/** @returns where the present database went */
function swap(dataDir: string, now: number): string | undefined {
  const present = join(dataDir, DATABASE_FILE)
  const aside = `${present}.before-restore-${new Date(now).toISOString().replaceAll(/[:.]/g, '-')}`
  const wasThere = existsSync(present)
  if (wasThere) {
    keepAside(present, aside)
    // One that could not be read still has its write-ahead log, which must not be taken for that of the copy.
    if (existsSync(`${present}-wal`)) renameSync(`${present}-wal`, `${aside}-wal`)
    rmSync(`${present}-shm`, { force: true })
  }
  renameSync(join(dataDir, RESTORING_FILE), present)
  syncToDisk(dataDir)
  return wasThere ? aside : undefined
}

/** A second name, so that at no moment there is none; where the file system has no such names, a copy. */
function keepAside(file: string, aside: string): void {
  try {
    linkSync(file, aside)
  } catch {
    copyFileSync(file, aside)
  }
}
