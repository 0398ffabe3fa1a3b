import type { Logger } from '../logger.ts'
import type { SessionLog } from './sessionLog.ts'
import type { LogStore } from './store.ts'

const EXPIRY_INTERVAL_MS = 1_000
const EXPIRED_AT_ONCE = 100
/** Previews stay at least this long, so that readers who are catching up see what others see. */
const COMPACTION_INTERVAL_MS = 10 * 60_000
/** Small slices, so that no live entry waits long behind one. */
const COMPACTION_SLICE = 2_000

/** What the log does by itself: ends commands that nobody took in time (CMD2), and drops replaced previews (LOG7). */
export function startHousekeeping(options: {
  store: Pick<LogStore, 'expiredCommands' | 'compact' | 'position'>
  log: SessionLog
  clock: { now(): number }
  logger: Logger
}): () => void {
  const { store, log, clock, logger } = options
  let matured = 0
  let stopped = false

  async function expire(): Promise<void> {
    const commandIds = await store.expiredCommands(clock.now(), EXPIRED_AT_ONCE)
    await Promise.all(commandIds.map((commandId) => log.append({ type: 'expire', commandId })))
  }

  /** Goes up to where the log ended at the last round, so that everything it touches has its age. */
  async function compact(): Promise<void> {
    while (!stopped && (await store.compact(matured, COMPACTION_SLICE))) {
      await new Promise((resolve) => setImmediate(resolve)) // what is live comes first
    }
    matured = await store.position()
  }

  const stops = [repeat(expire, EXPIRY_INTERVAL_MS), repeat(compact, COMPACTION_INTERVAL_MS)]
  return () => {
    stopped = true
    for (const stop of stops) stop()
  }

  /** One round at a time; a failed one is told, and the next one tries again. */
  function repeat(work: () => Promise<void>, everyMs: number): () => void {
    let timer = setTimeout(round, everyMs)
    function round(): void {
      work()
        .catch((error: unknown) => logger.warn({ err: error }, 'housekeeping failed'))
        .finally(() => {
          if (!stopped) timer = setTimeout(round, everyMs)
        })
        .catch(() => {}) // nothing left that could fail
    }
    return () => clearTimeout(timer)
  }
}
