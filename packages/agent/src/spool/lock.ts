import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** Another agent process works in the same directory. */
export class AlreadyRunningError extends Error {
  override readonly name = 'AlreadyRunningError'
}

/**
 * Takes the directory for this process. A lock of the operating system, held through a database of its own: it ends
 * with the process however that ends, so there is never a stale one to remove.
 *
 * @returns what gives the directory free again
 * @throws AlreadyRunningError
 */
export function lockDirectory(directory: string): () => void {
  const db = new DatabaseSync(join(directory, 'lock.db'), { timeout: 0 })
  try {
    db.exec('BEGIN EXCLUSIVE')
  } catch (cause) {
    db.close()
    throw new AlreadyRunningError(
      `Another agent is running with ${directory}: stop it, or give this one its own AGENT_DIR`,
      { cause },
    )
  }
  return () => db.close()
}
