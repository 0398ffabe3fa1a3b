import { asFarhandError } from '../services/api.ts'

/** How long a page waits before it asks again by itself, where the relay names no time. */
export const ASK_AGAIN_MS = 3_000

/** The pause after a refusal: asked as fast as it refuses, the relay would refuse this page everything else as well. */
export function pauseAfter(error: unknown): number {
  return asFarhandError(error).retryAfterMs ?? ASK_AGAIN_MS
}
