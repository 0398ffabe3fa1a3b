import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { isBusy, isDamage } from './damage.ts'

/** Another agent process works in the same directory. */
export class AlreadyRunningError extends Error {
  override readonly name = 'AlreadyRunningError'
}

/**
 * Takes the directory for this process. A lock of the operating system, held through a database of its own: it ends
 * with the process however that ends, so there is never a stale one to remove.
 *
 * @returns what gives the directory free again
 * @throws AlreadyRunningError, or what SQLite says where it can't lock at all
 */
export function lockDirectory(directory: string): () => void {
  try {
    return lock(directory)
  } catch (error) {
    if (!isDamage(error)) throw error
    // Nobody holds it: whoever did would have been found before its content. And nothing ever stands in it.
    for (const ending of ['', '-wal', '-shm', '-journal']) rmSync(join(directory, `lock.db${ending}`), { force: true })
    return lock(directory)
  }
}

function lock(directory: string): () => void {
  const db = new DatabaseSync(join(directory, 'lock.db'), { timeout: 0 })
  try {
    db.exec('BEGIN EXCLUSIVE')
  } catch (cause) {
    db.close()
    if (!isBusy(cause)) throw cause
    throw new AlreadyRunningError(
      `Another agent is running with ${directory}: stop it, or give this one its own AGENT_DIR`,
      { cause },
    )
  }
  return () => db.close()
}
