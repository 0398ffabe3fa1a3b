import type { IncomingHttpHeaders } from 'node:http'
import { FarhandError } from '@farhand/shared'
import { RateLimiterMemory } from 'rate-limiter-flexible'
import { isLoopback } from './origin.ts'

const FAILURES_PER_WINDOW = 5
const WINDOW_SECONDS = 60

/**
 * Whose failures are counted. Behind a proxy of this machine all connections come from the proxy, and only its header
 * tells them apart; from anybody else the header is not believed.
 */
export function senderAddress(address: string, headers: IncomingHttpHeaders, behindProxy: boolean): string {
  const forwarded = headers['x-forwarded-for']
  if (!behindProxy || !isLoopback(address) || forwarded === undefined) return address
  return [forwarded].flat().join(',').split(',').at(-1)?.trim() || address
}

/** Who tries: a wrong agent token on a machine must not lock the login page of that machine. */
export type AttemptKind = 'login' | 'token' | 'agent'

/** Counts failed proofs per address. After too many, nothing is even looked at until the window is over. */
export type Attempts = {
  /**
   * Rejects with RATE_LIMITED where `address` failed too often; counts it as a failure when `proof` rejects with
   * UNAUTHENTICATED. A store that can't be read proves nothing against anybody.
   */
  guard<T>(kind: AttemptKind, address: string, proof: () => Promise<T>): Promise<T>
}

export function createAttempts(): Attempts {
  const limiter = new RateLimiterMemory({ points: FAILURES_PER_WINDOW, duration: WINDOW_SECONDS })
  return {
    guard: async (kind, address, proof) => {
      const key = `${kind} ${address}`
      const past = await limiter.get(key)
      if (past !== null && past.consumedPoints >= FAILURES_PER_WINDOW) {
        throw new FarhandError('RATE_LIMITED', 'Too many failed attempts. Wait a minute.', {
          retryAfterMs: past.msBeforeNext,
        })
      }
      try {
        return await proof()
      } catch (error) {
        if (error instanceof FarhandError && error.code === 'UNAUTHENTICATED') await limiter.penalty(key)
        throw error
      }
    },
  }
}
