import { failpoint } from '../failpoint.ts'
import type { Logger } from '../logger.ts'
import { repeat } from '../repeat.ts'
import type { SessionLog } from './sessionLog.ts'
import type { LogStore } from './store.ts'

const EXPIRY_INTERVAL_MS = 1_000
const EXPIRED_AT_ONCE = 100
/** Previews stay at least this long, so that readers who are catching up see what others see. */
const COMPACTION_INTERVAL_MS = 10 * 60_000
/** Small slices, so that no live entry waits long behind one. */
const COMPACTION_SLICE = 2_000

/** Where an agent is connected, of the relays of one log. */
export type AgentPlace = 'here' | 'elsewhere' | 'nowhere'

/** What the log does by itself: ends commands that nobody took in time (CMD2), and drops replaced previews (LOG7). */
export function startHousekeeping(options: {
  store: Pick<LogStore, 'expiredCommands' | 'compact' | 'position' | 'holdsLease'>
  log: SessionLog
  /** The relay that has the agent knows what is under way to it, and ends its commands. */
  placeOf(agentId: string): AgentPlace
  /** What is being handed over is ended there, when the agent does not take it. */
  isUnderWay(commandId: string): boolean
  clock: { now(): number }
  logger: Logger
  compactEveryMs?: number | undefined
}): () => void {
  const { store, log, placeOf, isUnderWay, clock, logger, compactEveryMs = COMPACTION_INTERVAL_MS } = options
  let matured = 0
  let stopped = false

  async function expire(): Promise<void> {
    const leased = await store.holdsLease() // each time: by its silence another notices who stands still
    const expired = await store.expiredCommands(clock.now(), EXPIRED_AT_ONCE)
    const ours = expired.filter(({ commandId, agentId }) => isOurs(placeOf(agentId), leased) && !isUnderWay(commandId))
    await Promise.all(ours.map(({ commandId }) => log.append({ type: 'expire', commandId })))
  }

  /** Goes up to where the log ended at the last round, so that everything it touches has its age. */
  async function compact(): Promise<void> {
    if (!(await store.holdsLease())) return
    while (!stopped && (await store.compact(matured, COMPACTION_SLICE))) {
      failpoint('relay.compact.afterSlice')
      await new Promise((resolve) => setImmediate(resolve)) // what is live comes first
    }
    matured = await store.position()
  }

  const onError = (error: unknown): void => logger.warn({ err: error }, 'housekeeping failed')
  const stops = [
    repeat(expire, { everyMs: EXPIRY_INTERVAL_MS, onError }),
    repeat(compact, { everyMs: compactEveryMs, onError }),
  ]
  return () => {
    stopped = true
    for (const stop of stops) stop()
  }
}

/** Exactly one relay ends a command, and where two believe to be that, the commit decides. */
function isOurs(place: AgentPlace, leased: boolean): boolean {
  switch (place) {
    case 'here':
      return true
    case 'elsewhere':
      return false
    case 'nowhere':
      return leased
    default:
      return place satisfies never
  }
}
