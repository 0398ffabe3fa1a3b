import type { StoreCondition } from '../store.ts'
import { writeWatermark } from '../watermark.ts'
import type { DatabaseClock } from './clock.ts'
import type { Database, Work } from './database.ts'
import { countEntries, LOG_EPOCH_KEY } from './logEpoch.ts'
import { readMeta } from './meta.ts'
import type { RelayLock } from './relayLock.ts'

/** What a process that serves a database does for it, now and then. */
export type Upkeep = {
  round(): Promise<StoreCondition>
  /** Before the connections are closed. Never rejects: what is noted is only further behind. */
  last(): Promise<void>
}

export function startUpkeep(options: {
  database: Database
  lock: RelayLock
  dataDir: string
  logEpoch: string
  clock: DatabaseClock
  /** Hears, once, that the log is not the one that it was. */
  onReplaced: () => void
}): Upkeep {
  const { database, lock, dataDir, logEpoch, clock, onReplaced } = options
  let noted = -1
  let replaced = false

  async function note(work: Work): Promise<void> {
    const entries = await work.read(countEntries)
    if (entries === noted || replaced) return
    if (entries < noted) return replace() // and the note stays, by which the next start sees it too
    writeWatermark(dataDir, { logEpoch, entries })
    noted = entries
  }

  function replace(): void {
    if (!replaced) onReplaced()
    replaced = true
  }

  /** One that was put back to an older state is noticed by a relay that starts, and gets another epoch from it (LOG9). */
  async function compareEpoch(): Promise<void> {
    if ((await database.read((db) => readMeta(db, LOG_EPOCH_KEY))) !== logEpoch) replace()
  }

  return {
    round: async () => {
      await lock.ensure()
      await compareEpoch()
      if (await lock.holdsLease()) await note(database.long)
      return { walBytes: 0, damaged: false, clockAheadMs: await clock.compare() }
    },
    last: async () => {
      await note(database).catch(() => {}) // the database is gone, or silent, or the store was closed before
    },
  }
}
