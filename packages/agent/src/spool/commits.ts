import type { DatabaseSync } from 'node:sqlite'
import { FarhandError } from '@farhand/shared'
import { failpoint } from '../failpoint.ts'

/**
 * Group commit: everything written in one tick is one transaction, and so one wait for the disk.
 * What could not be written stays here, in order, and is tried again; nothing is dropped.
 */
export type Commits = {
  /** Runs `change` in the next transaction. It may run again after a failure, so it touches the database alone. */
  write(change: () => void): void
  /** For what may be lost without harm: together with all that comes within half a second. */
  writeLater(change: () => void): void
  /**
   * Writes all that waits and `change`, now, in one transaction. When that fails `change` is not tried again.
   * @throws FarhandError `AGENT_STORAGE`
   */
  now(change: () => void): void
  /** Writes all that waits, as at the end of the agent's run. @throws FarhandError `AGENT_STORAGE` */
  flush(): void
  close(): void
}

const RETRY_MS = 1_000
const LATER_MS = 500

export function createCommits(
  db: DatabaseSync,
  events: {
    committed(): void
    /** Each time, also where whoever wrote gets the error as an answer. */
    failed(error: FarhandError): void
  },
): Commits {
  let waiting: (() => void)[] = []
  let later: (() => void)[] = []
  let timer: NodeJS.Timeout | undefined
  let immediate: NodeJS.Immediate | undefined
  let lazy: NodeJS.Timeout | undefined
  let closed = false

  function commit(changes: readonly (() => void)[]): void {
    clearImmediate(immediate)
    immediate = undefined
    if (changes.length === 0) return
    try {
      failpoint('agent.commit.before')
      transaction(db, changes)
      failpoint('agent.commit.after')
    } catch (cause) {
      if (waiting.length > 0) timer ??= setTimeout(retry, RETRY_MS)
      const error = new FarhandError('AGENT_STORAGE', undefined, { cause })
      events.failed(error)
      throw error
    }
    waiting = []
    clearTimeout(timer)
    timer = undefined
    events.committed()
  }

  /** What may be late has waited long enough. */
  function takeLater(): void {
    clearTimeout(lazy)
    lazy = undefined
    waiting.push(...later)
    later = []
  }

  function retry(): void {
    timer = undefined
    flushAtDoor()
  }

  function flushAtDoor(): void {
    if (closed) return
    try {
      commit(waiting)
    } catch (error) {
      if (!(error instanceof FarhandError)) throw error // else it was told, and is tried again
    }
  }

  return {
    write(change) {
      waiting.push(change)
      // While the disk fails, the retry timer is what writes.
      if (timer === undefined) immediate ??= setImmediate(flushAtDoor)
    },
    writeLater(change) {
      later.push(change)
      lazy ??= setTimeout(() => {
        takeLater()
        if (timer === undefined) flushAtDoor()
      }, LATER_MS)
    },
    now: (change) => commit([...waiting, change]),
    flush: () => {
      takeLater()
      commit(waiting)
    },
    close() {
      closed = true
      clearImmediate(immediate)
      clearTimeout(lazy)
      clearTimeout(timer)
    },
  }
}

function transaction(db: DatabaseSync, changes: readonly (() => void)[]): void {
  db.exec('BEGIN IMMEDIATE')
  try {
    for (const change of changes) change()
    db.exec('COMMIT')
  } catch (error) {
    // SQLite has rolled back by itself after some errors (a full disk), and a second ROLLBACK would hide the cause.
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}
