import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { StoreCondition } from '../store.ts'
import { writeWatermark } from '../watermark.ts'
import { DATABASE_FILE } from './connection.ts'
import type { Keeper } from './keeper.ts'
import { countEntries } from './logEpoch.ts'

/** What the one process that serves a directory does for it, now and then. */
export type Upkeep = {
  round(): Promise<StoreCondition>
  /** Before the connection is closed. Never rejects: the next start only takes the log for another one. */
  last(): Promise<void>
}

/**
 * SQLite brings the write-ahead log into the database by itself after some commits, and then writes it again from its
 * start; while another program reads for long it can't, and the file grows. It is cut only from this size on.
 */
const CUT_WAL_BYTES = 64 * 1024 * 1024

export function startUpkeep(keeper: Keeper, dataDir: string, logEpoch: string, cutWalBytes = CUT_WAL_BYTES): Upkeep {
  let noted = -1

  async function note(): Promise<void> {
    const entries = await keeper.read(countEntries)
    if (entries === noted) return
    writeWatermark(dataDir, { logEpoch, entries })
    noted = entries
  }

  return {
    round: async () => {
      if (keeper.isDamaged()) return { walBytes: walBytes(dataDir), damaged: true }
      await note()
      if (walBytes(dataDir) > cutWalBytes) await keeper.read((db) => db.checkpoint())
      return { walBytes: walBytes(dataDir), damaged: keeper.isDamaged() }
    },
    last: async () => {
      await note().catch(() => {}) // the disk is full, or the store was closed before
    },
  }
}

function walBytes(dataDir: string): number {
  return statSync(join(dataDir, `${DATABASE_FILE}-wal`), { throwIfNoEntry: false })?.size ?? 0
}
