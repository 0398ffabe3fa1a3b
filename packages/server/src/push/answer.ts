/** What a push service said, or that none did. `again`: after so long, or when this relay thinks best. */
export type Answer =
  | { name: 'sent' }
  | { name: 'gone' }
  | { name: 'refused'; status?: number }
  | { name: 'again'; afterMs: number | undefined; status?: number }

/** A service that wants to be left alone for longer has lost this one. */
export const MAX_RETRY_AFTER_MS = 60_000

/** What an HTTP answer of a push service means (RFC 8030). Pure. */
export function readStatus(status: number, retryAfter: string | undefined, now: number): Answer {
  if (status >= 200 && status < 300) return { name: 'sent' }
  if (status === 404 || status === 410) return { name: 'gone' }
  if (status !== 429 && status < 500) return { name: 'refused', status }
  const afterMs = readRetryAfter(retryAfter, now)
  if (afterMs !== undefined && afterMs > MAX_RETRY_AFTER_MS) return { name: 'refused', status }
  return { name: 'again', afterMs, status }
}

/** Seconds, or a date. */
function readRetryAfter(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined
  const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - now
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined
}
