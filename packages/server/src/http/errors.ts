import { ERROR_CODES, FarhandError, toWire, type ErrorCode } from '@farhand/shared'
import type { ErrorRequestHandler } from 'express'
import type { Logger } from '../logger.ts'

/** What a code is in HTTP. A code that is not listed is a fault on this side. */
const STATUS: Partial<Record<ErrorCode, number>> = {
  BAD_REQUEST: 400,
  CWD_FORBIDDEN: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  ALREADY_DECIDED: 409,
  AGENT_CONFLICT: 409,
  IDEMPOTENCY_CONFLICT: 409,
  STALE: 409,
  EXPIRED: 410,
  TOO_LARGE: 413,
  UNSUPPORTED_FILE: 415,
  UPGRADE_REQUIRED: 426,
  QUEUE_FULL: 429,
  RATE_LIMITED: 429,
  AGENT_OFFLINE: 503,
  STORAGE_BUSY: 503,
  STORAGE_UNAVAILABLE: 503,
  TIMEOUT_TOTAL: 504,
}

/** HTTP's door: every refusal and every fault leaves as a status with `{ ok: false, error }`. */
export function answerErrors(logger: Logger): ErrorRequestHandler {
  // Express knows it by its four parameters.
  return (error: unknown, _request, response, _next) => {
    if (response.headersSent) {
      // Too late for an answer. Mostly it is the reader that went away.
      logger.debug({ err: error }, 'an answer could not be finished')
      response.destroy()
      return
    }
    const known = toFarhandError(error)
    const wire = toWire(known)
    if (wire.code === 'INTERNAL') logger.error({ err: error }, 'a request failed')
    if (wire.retryAfterMs !== undefined) response.setHeader('Retry-After', Math.ceil(wire.retryAfterMs / 1_000))
    response.status(known instanceof FarhandError ? (STATUS[known.code] ?? 500) : 500).json({ ok: false, error: wire })
  }
}

/** What Express and its body parser throw has a status and a type, and quotes the body in its message. */
function toFarhandError(error: unknown): unknown {
  if (error instanceof FarhandError || !(error instanceof Error)) return error
  const type = 'type' in error ? error.type : undefined
  if (type === 'entity.too.large') return new FarhandError('TOO_LARGE', ERROR_CODES.TOO_LARGE.meaning)
  const status = 'status' in error && typeof error.status === 'number' ? error.status : 500
  return status >= 400 && status < 500 ? new FarhandError('BAD_REQUEST', 'The request cannot be read.') : error
}
