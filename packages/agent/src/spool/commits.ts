import type { DatabaseSync } from 'node:sqlite'
import { FarhandError } from '@farhand/shared'
import { failpoint } from '../failpoint.ts'

/**
 * Group commit: everything written in one tick is one transaction, and so one wait for the disk.
 * What could not be written stays here, in order, and is tried again; nothing is dropped.
 */
export type Commits = {
  /**
   * Runs `change` in the next transaction. It may run again after a failure, so it touches the database alone. `done` is for
   * what is known besides: it runs once, when the commit is on the disk, before anybody hears of it.
   */
  write(change: () => void, done?: () => void): void
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

type Change = { run: () => void; done?: (() => void) | undefined }

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
  let waiting: Change[] = []
  let later: Change[] = []
  let timer: NodeJS.Timeout | undefined
  let immediate: NodeJS.Immediate | undefined
  let lazy: NodeJS.Timeout | undefined
  let closed = false

  function commit(changes: readonly Change[]): void {
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
    for (const { done } of changes) done?.()
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
    write(run, done) {
      waiting.push({ run, done })
      // While the disk fails, the retry timer is what writes.
      if (timer === undefined) immediate ??= setImmediate(flushAtDoor)
    },
    writeLater(run) {
      later.push({ run })
      lazy ??= setTimeout(() => {
        takeLater()
        if (timer === undefined) flushAtDoor()
      }, LATER_MS)
    },
    now: (run) => commit([...waiting, { run }]),
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

function transaction(db: DatabaseSync, changes: readonly Change[]): void {
  db.exec('BEGIN IMMEDIATE')
  try {
    for (const { run } of changes) run()
    db.exec('COMMIT')
  } catch (error) {
    // SQLite has rolled back by itself after some errors (a full disk), and a second ROLLBACK would hide the cause.
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}
