import { isOlderLog, readWatermark, writeWatermark } from '../watermark.ts'
import type { Connection, Database } from './database.ts'
import { beginMeta, readMeta, replaceMeta } from './meta.ts'

/** Which log this is (LOG9). */
export type OpenedLog = { logEpoch: string; rolledBack: boolean }

type RandomBytes = (size: number) => Buffer

const LOG_EPOCH_BYTES = 16
export const LOG_EPOCH_KEY = 'logEpoch'

/** For a process that serves the database: one that was put back to an older state becomes another log. */
export async function openLog(database: Database, dataDir: string, randomBytes: RandomBytes): Promise<OpenedLog> {
  const { logEpoch } = await joinLog(database, randomBytes)
  const entries = await database.long.read(countEntries)
  const rolledBack = isOlderLog({ logEpoch, entries }, readWatermark(dataDir))
  const opened = { logEpoch: rolledBack ? await renewLogEpoch(database, logEpoch, randomBytes) : logEpoch, rolledBack }
  try {
    writeWatermark(dataDir, { logEpoch: opened.logEpoch, entries })
  } catch {
    // A full disk: the log is elsewhere, and the older note is only further behind.
  }
  return opened
}

/** For a helper beside it. */
export async function joinLog(database: Database, randomBytes: RandomBytes): Promise<OpenedLog> {
  const made = randomBytes(LOG_EPOCH_BYTES).toString('hex')
  // Read first: one that is read-only for now can be read all the same.
  const known = await database.read((db) => readMeta(db, LOG_EPOCH_KEY))
  const logEpoch = known ?? (await database.change((db) => beginMeta(db, LOG_EPOCH_KEY, made)))
  return { logEpoch, rolledBack: false }
}

/** Once, also where several relays start at the same time: whoever comes second goes on with what the first one made. */
async function renewLogEpoch(database: Database, former: string, randomBytes: RandomBytes): Promise<string> {
  const made = randomBytes(LOG_EPOCH_BYTES).toString('hex')
  return await database.change((db) => replaceMeta(db, LOG_EPOCH_KEY, former, made))
}

/** Never falls, whatever is deleted or dropped: a session keeps its head. */
export async function countEntries(db: Connection): Promise<number> {
  const [row] = await db.query<{ entries: number }>('select coalesce(sum(head), 0)::bigint as entries from sessions')
  return row?.entries ?? 0
}
