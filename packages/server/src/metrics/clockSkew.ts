/**
 * How much later than its fastest one a message of an agent came. The clocks of two machines differ by an amount that nobody
 * knows, so the smallest difference of late stands for "no delay". Pure.
 */
export type ClockSkew = {
  /** @returns milliseconds, never negative. */
  delay(agentId: string, saidAt: number, now: number): number
  forget(agentId: string): void
}

/** Clocks drift, and are put right; what was fastest long ago says nothing of now. */
const WINDOW_MS = 10 * 60_000

type Seen = { least: number; before: number; since: number }

export function createClockSkew(windowMs = WINDOW_MS): ClockSkew {
  const agents = new Map<string, Seen>()
  return {
    delay(agentId, saidAt, now) {
      const difference = now - saidAt
      const seen = agents.get(agentId) ?? { least: difference, before: difference, since: now }
      const isOver = Math.abs(now - seen.since) >= windowMs
      // Two windows side by side: the new one alone would call its first message the fastest.
      const next = isOver
        ? { least: difference, before: seen.least, since: now }
        : { ...seen, least: Math.min(seen.least, difference) }
      agents.set(agentId, next)
      return difference - Math.min(next.least, next.before)
    },
    forget: (agentId) => void agents.delete(agentId),
  }
}
