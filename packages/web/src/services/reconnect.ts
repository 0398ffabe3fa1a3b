import { RECONNECT_BASE_MS, RECONNECT_CAP_MS, reconnectDelay, type ErrorCode, type FarhandError } from '@farhand/shared'

/** Where the link to the relay stands. `attempt` is the number of the present or the next attempt. Times are epoch milliseconds. */
export type LinkStatus =
  /** The browser says that there is no network. It may be wrong, so the next attempt has a time all the same. */
  | { name: 'offline'; attempt: number; until: number }
  | { name: 'connecting'; attempt: number }
  /** `until` is null when the attempts are used up and a person has to ask for the next. */
  | { name: 'waiting'; attempt: number; until: number | null }
  | { name: 'connected'; since: number }
  | { name: 'signed-out' }
  /** Trying again would not help. */
  | { name: 'rejected'; code: ErrorCode; message: string }

export type ReconnectRules = { baseMs: number; maxAttempts: number }

export type Circumstances = { online: boolean; now: number; random: number }

/** What follows when `failed` attempts in a row have failed; 0 when a connection that had been stable was lost. */
export function afterFailure(
  error: FarhandError,
  failed: number,
  rules: ReconnectRules,
  { online, now, random }: Circumstances,
): LinkStatus {
  switch (error.code) {
    case 'UNAUTHENTICATED':
      return { name: 'signed-out' }
    case 'UPGRADE_REQUIRED':
    case 'FORBIDDEN':
      return { name: 'rejected', code: error.code, message: error.message }
    default:
  }
  const attempt = failed + 1
  if (!online) return { name: 'offline', attempt, until: now + RECONNECT_CAP_MS }
  if (rules.maxAttempts > 0 && failed >= rules.maxAttempts) return { name: 'waiting', attempt, until: null }
  return { name: 'waiting', attempt, until: now + waitAfter(failed, error, rules, random) }
}

function waitAfter(failed: number, error: FarhandError, { baseMs }: ReconnectRules, random: number): number {
  const jittered = Math.min(
    (reconnectDelay(failed, random) * baseMs) / RECONNECT_BASE_MS,
    Math.max(RECONNECT_CAP_MS, baseMs),
  )
  return Math.round((error.retryAfterMs ?? 0) + jittered)
}
