import { existsSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** What SQLite calls a file that somebody else has locked. */
const SQLITE_BUSY = 5
/** What it calls a file that is damaged, or none of its own. */
const SQLITE_CORRUPT = 11
const SQLITE_NOTADB = 26
/** Extended codes say more in the bits above. */
const PRIMARY_CODE = 0xff

/** Found by looking, where SQLite itself has not stumbled over it yet. */
export class DamagedError extends Error {
  override readonly name = 'DamagedError'
}

/** Whether the database itself is damaged, and not only the disk full or the file locked. */
export function isDamage(error: unknown): boolean {
  if (error instanceof DamagedError) return true
  if (!(error instanceof Error)) return false
  const code = codeOf(error)
  return code === SQLITE_CORRUPT || code === SQLITE_NOTADB || isDamage(error.cause)
}

/** Whether somebody else holds the file. */
export function isBusy(error: unknown): boolean {
  return error instanceof Error && codeOf(error) === SQLITE_BUSY
}

function codeOf(error: Error): number | undefined {
  return 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & PRIMARY_CODE : undefined
}

/** @throws DamagedError, or what SQLite says of the file */
export function requireSound(db: DatabaseSync): void {
  const said = db.prepare('PRAGMA quick_check(1)').get()?.['quick_check']
  if (said !== 'ok') throw new DamagedError(String(said))
}

/**
 * Looks with eyes of its own: the agent's connection holds much of the file in memory, and would not see that the disk has
 * something else. Where it can't look at all it finds nothing.
 */
export function findDamage(directory: string): unknown {
  let db: DatabaseSync | undefined
  try {
    db = new DatabaseSync(join(directory, 'agent.db'), { readOnly: true })
    requireSound(db)
    return undefined
  } catch (error) {
    return isDamage(error) ? error : undefined
  } finally {
    db?.close()
  }
}

/**
 * Puts a damaged database aside, with what belongs to it, so that a new one can begin in its place and the old one can
 * still be looked at.
 * @returns where it is now
 */
export function quarantine(directory: string, at: Date): string {
  const aside = `agent.db.damaged-${at.toISOString().replaceAll(':', '-')}`
  for (const ending of ['', '-wal', '-shm']) {
    const file = join(directory, `agent.db${ending}`)
    if (existsSync(file)) renameSync(file, join(directory, `${aside}${ending}`))
  }
  return join(directory, aside)
}
