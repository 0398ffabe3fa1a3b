/** Tells an agent what is stored. */
export type Acknowledging = {
  /** Everything of these sessions up to these numbers is on disk. */
  stored(positions: ReadonlyMap<string, number>): void
}

/**
 * One cumulative acknowledgement per session for all that a commit stored, however many messages brought it. Its answers
 * come together, before anything else happens: what is told here leaves behind the last of them, still before the
 * publication (LOG3).
 */
export function createAcknowledging(send: (positions: ReadonlyMap<string, number>) => void): Acknowledging {
  let waiting = new Map<string, number>()

  function tell(): void {
    const positions = waiting
    waiting = new Map()
    send(positions)
  }

  return {
    stored: (positions) => {
      if (waiting.size === 0 && positions.size > 0) process.nextTick(tell)
      for (const [sessionId, n] of positions) waiting.set(sessionId, Math.max(n, waiting.get(sessionId) ?? 0))
    },
  }
}
