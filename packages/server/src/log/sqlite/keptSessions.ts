import type { OwnedSession } from '../batch/tables.ts'

/**
 * What the last batches left behind, so that the next one need not ask for what it wrote itself. True as long as one
 * process writes to the database, and says here whatever it changes besides.
 */
export type KeptSessions = {
  /** Inside the transaction of a batch, which reads and changes this along with the database. */
  begin(): { kept: Kept; committed(): void }
  /** Something other than a batch changed sessions, what their rows are joined with, or took entries out. */
  clear(): void
}

export type Kept = {
  /** Session rows, by id. */
  sessions: Map<string, OwnedSession>
  /** Of the records and previews; undefined where it is not known. */
  newestId: number | undefined
}

/** Those that speak are few. */
const MAX_KEPT = 1_000

export function createKeptSessions(): KeptSessions {
  const kept: Kept = { sessions: new Map(), newestId: undefined }
  /** The last batch, until it is known to be on the disk. */
  let open: object | undefined

  function clear(): void {
    kept.sessions.clear()
    kept.newestId = undefined
  }

  return {
    begin() {
      if (open !== undefined || kept.sessions.size > MAX_KEPT) clear() // what a batch that failed left here is not true
      const batch = {
        kept,
        committed: () => {
          if (open === batch) open = undefined
        },
      }
      open = batch
      return batch
    },
    clear,
  }
}
