import { FarhandError, toWire, type Ack, type WireError } from '@farhand/shared'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import type { z } from 'zod'
import { failpoint } from '../failpoint.ts'
import type { Logger } from '../logger.ts'
import { parse } from '../parsing.ts'
import { createPacing } from './pacing.ts'

/** So many bad packets in a minute are no accident. */
const MAX_STRIKES = 20
const STRIKE_WINDOW_SECONDS = 60
const RATE_WINDOW_SECONDS = 2

/** One event: what it must look like, and what is done with it. The answer is merged into the acknowledgement. */
export type EventHandler = {
  /** Rejects with BAD_REQUEST where the payload has another shape. */
  act(payload: unknown): Promise<object | void>
  /** For events without an acknowledgement: how a refusal is told. */
  refused?(error: WireError): void
}

/** Pairs a schema with what is done, so that nothing unchecked gets in. */
export function handle<S extends z.ZodType>(
  schema: S,
  act: (payload: z.infer<S>) => Promise<object | void> | object | void,
  refused?: (error: WireError) => void,
): EventHandler {
  return {
    act: async (payload) => await act(parse(schema, payload, 'payload')),
    ...(refused === undefined ? {} : { refused }),
  }
}

/** What the guard needs of a socket; both kinds have it. */
export type GuardedSocket = {
  id: string
  connected: boolean
  onAny(listener: (event: unknown, ...args: unknown[]) => void): unknown
  disconnect(close: boolean): unknown
}

export type Limits = { rate: RateLimiterMemory | undefined; strikes: RateLimiterMemory }

/** One for all sockets of an engine: it counts by socket. */
export function createLimits(eventsPerSecond: number | undefined): Limits {
  return {
    rate:
      eventsPerSecond === undefined
        ? undefined
        : new RateLimiterMemory({ points: eventsPerSecond * RATE_WINDOW_SECONDS, duration: RATE_WINDOW_SECONDS }),
    strikes: new RateLimiterMemory({ points: MAX_STRIKES, duration: STRIKE_WINDOW_SECONDS }),
  }
}

/**
 * The one guard before all handlers (CON4): whatever arrives, of whatever shape, is answered with a code or ends its own
 * socket, and nothing else. The order: rate, credential, schema, then the handler, whose acknowledgement is called once.
 */
export function guardSocket(options: {
  socket: GuardedSocket
  handlers: ReadonlyMap<string, EventHandler>
  limits: Limits
  isLive: () => Promise<boolean>
  /** Says why, before the socket is closed. */
  goodbye: (error: WireError) => void
  logger: Logger
}): void {
  const { socket, handlers, limits, isLive, goodbye, logger } = options

  async function take(event: unknown, payload: unknown, ack: ((answer: Ack) => void) | undefined): Promise<void> {
    try {
      if (limits.rate !== undefined) await consume(limits.rate, socket.id)
      if (!(await isLive())) throw new FarhandError('UNAUTHENTICATED')
      const handler = typeof event === 'string' ? handlers.get(event) : undefined
      if (handler === undefined) throw new FarhandError('BAD_REQUEST', 'There is no such event.')
      const answer = await handler.act(payload)
      failpoint('relay.ack.before')
      ack?.({ ok: true, ...answer })
      failpoint('relay.ack.after')
    } catch (error) {
      const wire = toWire(error)
      const known = typeof event === 'string' && handlers.has(event) ? event : 'unknown'
      if (wire.code === 'INTERNAL') logger.error({ socket: socket.id, event: known, err: error }, 'a handler failed')
      else logger.debug({ socket: socket.id, event: known, code: wire.code }, 'refused')
      ack?.({ ok: false, error: wire })
      if (ack === undefined && known !== 'unknown') handlers.get(known)?.refused?.(wire)
      await judge(wire)
    }
  }

  /** Ends the socket whose credential is gone, and the one that does nothing but send nonsense. */
  async function judge(wire: WireError): Promise<void> {
    if (wire.code === 'UNAUTHENTICATED') return end(wire)
    if (wire.code !== 'BAD_REQUEST') return
    await limits.strikes.consume(socket.id).catch(() => end(wire)) // a rejection means: too many
  }

  function end(wire: WireError): void {
    goodbye(wire)
    socket.disconnect(true)
  }

  const pace = createPacing()
  socket.onAny((event, ...args) => {
    const last = args.at(-1)
    const ack = isAck(last) ? last : undefined
    const payload = typeof args[0] === 'function' ? undefined : args[0]
    pace(() => {
      if (!socket.connected) return
      take(event, payload, ack).catch((error: unknown) => logger.error({ err: error }, 'an answer could not be sent'))
    })
  })
}

/** A function can only be the one that Socket.IO put there: JSON has none. */
function isAck(value: unknown): value is (answer: Ack) => void {
  return typeof value === 'function'
}

async function consume(limiter: RateLimiterMemory, key: string): Promise<void> {
  try {
    await limiter.consume(key)
  } catch (error) {
    const retryAfterMs = error instanceof RateLimiterRes ? error.msBeforeNext : RATE_WINDOW_SECONDS * 1_000
    throw new FarhandError('RATE_LIMITED', undefined, { retryAfterMs })
  }
}
