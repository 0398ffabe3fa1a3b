import type { StoreCondition } from '../store.ts'
import { writeWatermark } from '../watermark.ts'
import type { Connection, Database } from './database.ts'
import { countEntries } from './logEpoch.ts'
import type { Sole } from './sole.ts'

/** What the one process that serves a database does for it, now and then. */
export type Upkeep = {
  round(): Promise<StoreCondition>
  /** Before the connections are closed. Never rejects: what is noted is only further behind. */
  last(): Promise<void>
}

export function startUpkeep(options: {
  database: Database
  sole: Sole
  dataDir: string
  logEpoch: string
  clock: { now(): number }
}): Upkeep {
  const { database, sole, dataDir, logEpoch, clock } = options
  let noted = -1

  async function note(): Promise<void> {
    const entries = await database.read(countEntries)
    if (entries === noted) return
    writeWatermark(dataDir, { logEpoch, entries })
    noted = entries
  }

  return {
    round: async () => {
      await sole.ensure()
      await note()
      return { walBytes: 0, damaged: false, clockAheadMs: await clockAhead(database, clock) }
    },
    last: async () => {
      await note().catch(() => {}) // the database is gone, or the store was closed before
    },
  }
}

/** How far this machine's clock is ahead of the database's. */
async function clockAhead(database: Database, clock: { now(): number }): Promise<number> {
  const asked = clock.now()
  const theirs = await database.read(readClock)
  return Math.round((asked + clock.now()) / 2 - theirs)
}

async function readClock(db: Connection): Promise<number> {
  const [row] = await db.query<{ now: number }>('select (extract(epoch from clock_timestamp()) * 1000)::bigint as now')
  return row?.now ?? 0
}
