import type { OwnedSession } from '../batch/tables.ts'

/**
 * Session rows as the last batches left them, so that the next one need not ask for what it wrote itself. True as long as one
 * process writes to the database, and says here whatever it changes of sessions besides.
 */
export type KeptSessions = {
  /** Inside the transaction of a batch, which reads and changes these rows along with the database. */
  begin(): KeptRows
  /** Something other than a batch changed sessions, or what their rows are joined with. */
  clear(): void
}

type KeptRows = {
  rows: Map<string, OwnedSession>
  /** The transaction is on the disk. */
  committed(): void
}

/** Those that speak are few. */
const MAX_KEPT = 1_000

export function createKeptSessions(): KeptSessions {
  const rows = new Map<string, OwnedSession>()
  /** The last batch, until it is known to be on the disk. */
  let open: KeptRows | undefined

  return {
    begin() {
      if (open !== undefined || rows.size > MAX_KEPT) rows.clear() // what a batch that failed left here is not true
      const batch: KeptRows = {
        rows,
        committed: () => {
          if (open === batch) open = undefined
        },
      }
      open = batch
      return batch
    },
    clear: () => rows.clear(),
  }
}
