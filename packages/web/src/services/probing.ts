import { FarhandError } from '@farhand/shared'
import { asFarhandError } from './api.ts'
import type { Connection } from './websocket.ts'

/** How often a live link is measured, and when silence means that it is dead. */
export const PROBE_INTERVAL_MS = 10_000
export const PROBE_TIMEOUT_MS = 5_000
/** After waking up the answer has to come sooner: a person is looking. */
export const WAKE_TIMEOUT_MS = 2_500
/** An answer that takes longer than this is worth saying; after waking up sooner, for the same reason. */
export const OVERDUE_MS = 2_500
export const WAKE_OVERDUE_MS = 500

export type ProbingParts = {
  clock: { now(): number }
  schedule(later: () => void, ms: number): () => void
  onRoundTrip(ms: number): void
  onOverdue(overdue: boolean): void
  onDead(error: FarhandError): void
}

/** Finds out whether a connection that looks open still is. */
export function openProbing({ clock, schedule, onRoundTrip, onOverdue, onDead }: ProbingParts) {
  let probed: Connection | undefined
  let overdue = false
  let cancelNext = (): void => {}

  function setOverdue(next: boolean): void {
    if (overdue !== next) onOverdue(next)
    overdue = next
  }

  /** The one next probe: of two that ran side by side, as after waking up twice, the later one says when it is. */
  function probeLater(connection: Connection, ms: number): void {
    cancelNext()
    cancelNext = schedule(() => void probe(connection, PROBE_TIMEOUT_MS, OVERDUE_MS), ms)
  }

  async function probe(connection: Connection, timeoutMs: number, overdueMs: number): Promise<void> {
    const cancelOverdue = schedule(() => probed === connection && setOverdue(true), overdueMs)
    const outcome = await measure(connection, clock, timeoutMs)
    cancelOverdue()
    if (probed !== connection) return
    setOverdue(false)
    if (outcome instanceof FarhandError) return onDead(outcome)
    onRoundTrip(outcome)
    probeLater(connection, PROBE_INTERVAL_MS)
  }

  return {
    start(connection: Connection): void {
      probed = connection
      probeLater(connection, 0)
    },
    wake(): void {
      cancelNext()
      if (probed !== undefined) void probe(probed, WAKE_TIMEOUT_MS, WAKE_OVERDUE_MS)
    },
    stop(): void {
      probed = undefined
      cancelNext()
      setOverdue(false)
    },
  }
}

/** The round trip in milliseconds, or what says that the link is dead: only silence does, a refusal is an answer. */
async function measure(
  connection: Connection,
  clock: { now(): number },
  timeoutMs: number,
): Promise<number | FarhandError> {
  const sent = clock.now()
  try {
    await connection.ask('probe', {}, timeoutMs)
  } catch (error) {
    const known = asFarhandError(error)
    if (known.code === 'INTERNAL') return known
  }
  return clock.now() - sent
}
