import { isOtherLog, readWatermark, writeWatermark, type Watermark } from '../watermark.ts'
import type { Connection } from './connection.ts'
import { readMeta, writeMeta } from './meta.ts'

/** Which log this is (LOG9). */
export type OpenedLog = { logEpoch: string; rolledBack: boolean }

type RandomBytes = (size: number) => Buffer

const LOG_EPOCH_BYTES = 16
const KEY = 'logEpoch'

/** For the one process that serves the directory: a database that was put back by hand becomes another log. */
export function openLog(db: Connection, dataDir: string, randomBytes: RandomBytes): OpenedLog {
  const { logEpoch } = joinLog(db, randomBytes)
  const found: Watermark = { logEpoch, entries: countEntries(db) }
  const rolledBack = isOtherLog(found, readWatermark(dataDir))
  const opened = { logEpoch: rolledBack ? renewLogEpoch(db, randomBytes) : logEpoch, rolledBack }
  try {
    writeWatermark(dataDir, { ...found, logEpoch: opened.logEpoch })
  } catch {
    // A full disk: what is kept can still be read, and the older note is only further behind.
  }
  return opened
}

/** For a helper beside it. */
export function joinLog(db: Connection, randomBytes: RandomBytes): OpenedLog {
  const logEpoch = db.transaction(() => readMeta(db, KEY) ?? writeLogEpoch(db, randomBytes))
  return { logEpoch, rolledBack: false }
}

export function renewLogEpoch(db: Connection, randomBytes: RandomBytes): string {
  return db.transaction(() => writeLogEpoch(db, randomBytes))
}

function writeLogEpoch(db: Connection, randomBytes: RandomBytes): string {
  const made = randomBytes(LOG_EPOCH_BYTES).toString('hex')
  writeMeta(db, KEY, made)
  return made
}

/** Never falls, whatever is deleted or dropped: a session keeps its head. */
export function countEntries(db: Connection): number {
  const row = db.prepare('select coalesce(sum(head), 0) as entries from sessions').get()
  return Number(row?.['entries'])
}
