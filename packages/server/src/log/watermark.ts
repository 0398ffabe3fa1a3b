import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

/**
 * How far the log of a data directory had got, kept beside the database: so that a database file which somebody put back
 * by hand is noticed. It is written after commits and needs no sync: it may lag behind the log, but is never ahead of it.
 */
const watermarkSchema = z.object({ logEpoch: z.string(), entries: z.int().nonnegative() })
export type Watermark = z.infer<typeof watermarkSchema>

/**
 * LOG9: whether the log goes on as it was, or is another one under an old name. A log that is taken for another one
 * without being it only makes readers read again. Pure.
 */
export function isOtherLog(found: Watermark, expected: Watermark | undefined): boolean {
  if (expected === undefined) return found.entries > 0
  return found.logEpoch !== expected.logEpoch || found.entries < expected.entries
}

/**
 * The same for a log that is not kept here, so that a directory which knows nothing of it, or of another one, proves nothing. Pure.
 */
export function isOlderLog(found: Watermark, expected: Watermark | undefined): boolean {
  return expected !== undefined && found.logEpoch === expected.logEpoch && found.entries < expected.entries
}

const FILE = 'watermark.json'
const NEXT_FILE = 'watermark.json.next'

/** Undefined where there is none that can be read. */
export function readWatermark(dataDir: string): Watermark | undefined {
  try {
    return watermarkSchema.parse(JSON.parse(readFileSync(join(dataDir, FILE), 'utf8')))
  } catch {
    return undefined // of a first start, or cut by power loss
  }
}

/** Whole or not at all. @throws the system's error */
export function writeWatermark(dataDir: string, watermark: Watermark): void {
  writeFileSync(join(dataDir, NEXT_FILE), JSON.stringify(watermark), { mode: 0o600 })
  renameSync(join(dataDir, NEXT_FILE), join(dataDir, FILE))
}
