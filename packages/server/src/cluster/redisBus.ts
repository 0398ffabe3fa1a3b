import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import type { Logger } from '../logger.ts'
import { createNumbers, type Bus, type Heard } from './bus.ts'
import { decode, encode, type BusMessage } from './messages.ts'

/** Part of the channel's name: relays that would not understand each other do not hear each other. */
const BUS_VERSION = 1
const RETRY_STEP_MS = 100
const RETRY_CAP_MS = 1_000
/** Something is heard every second. A connection that is silent for so long is none any more. */
const SILENCE_MS = 6_000
/** Said and not yet taken by Redis; more is not said at all, and found in the log. */
const MAX_UNTAKEN_CHARS = 16 * 1024 * 1024
/** So long a relay waits for Redis before it begins without. */
const PATIENCE_MS = 2_000
const PARTING_MS = 300
const PARTING_CHECK_MS = 10

type RedisPlace = { url: string; logEpoch: string; logger: Logger }

/**
 * Redis pub/sub. Not the adapters of Socket.IO: what one of its servers says to the others they publish the same way, but
 * drop the promise, so that a connection which closes ends the process.
 *
 * Resolves when it hears and can say, or after a moment without that: then it goes on trying.
 *
 * @param logEpoch relays of another log on the same Redis are not heard
 */
export async function openRedisBus({ url, logEpoch, logger }: RedisPlace): Promise<Bus> {
  const channel = `farhand:${BUS_VERSION}:${logEpoch}`
  const self = randomUUID()
  const listeners = new Set<(heard: Heard) => void>()
  const numbers = createNumbers()
  const health = createHealth(logger)
  let n = 0
  let untaken = 0

  // Nothing waits for Redis to come back: it would all be said late, and is in the log.
  const mouth = new Redis(url, { ...LASTING, enableOfflineQueue: false, autoResendUnfulfilledCommands: false })
  const ear = new Redis(url, { ...LASTING, maxRetriesPerRequest: null })
  for (const connection of [mouth, ear]) connection.on('error', health.note).on('close', health.lost)
  const listening = ear.subscribe(channel).catch(health.note) // it subscribes again by itself whenever it comes back
  ear.on('message', (_channel: string, payload: string) => {
    const said = decode(payload)
    if (said === undefined) return
    if (said.from === self) return health.heard(said.n)
    const order = numbers.take(said.from, said.n)
    if (order === 'again') return
    if (said.message.type === 'bye') numbers.forget(said.from)
    for (const listener of listeners) listener({ ...said, missed: order === 'missed' })
  })

  function say(message: BusMessage, text = ''): void {
    n += 1 // also for what is not said: the others see that something is missing
    if (message.type === 'alive') health.asked(n)
    if (mouth.status !== 'ready' || untaken > MAX_UNTAKEN_CHARS) return
    const payload = encode({ from: self, n, message }, text)
    untaken += payload.length
    mouth
      .publish(channel, payload)
      .catch(health.note)
      .finally(() => (untaken -= payload.length))
  }

  await soon(Promise.all([listening, ready(mouth)]))
  return {
    self,
    say,
    hear: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    state: health.state,
    lagMs: health.lagMs,
    close: async () => {
      for (let waited = 0; untaken > 0 && waited < PARTING_MS; waited += PARTING_CHECK_MS) {
        await new Promise((resolve) => setTimeout(resolve, PARTING_CHECK_MS))
      }
      listeners.clear()
      health.end()
      for (const connection of [mouth, ear]) connection.disconnect()
    },
  }
}

function ready(connection: Redis): Promise<void> {
  return new Promise((resolve) => connection.once('ready', () => resolve()))
}

async function soon(work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise((resolve) => (timer = setTimeout(resolve, PATIENCE_MS)))
  await Promise.race([work, late])
  clearTimeout(timer)
}

const LASTING = {
  retryStrategy: (attempt: number) => Math.min(attempt * RETRY_STEP_MS, RETRY_CAP_MS),
  socketTimeout: SILENCE_MS,
  connectTimeout: SILENCE_MS,
  disableClientInfo: true,
}

/** Whether what is said comes back: neither a connection that stands nor a Redis that takes everything proves it. */
function createHealth(logger: Logger) {
  let state: 'up' | 'down' = 'down'
  let told: 'up' | 'down' | undefined
  let asked: { n: number; at: number } | undefined
  let lagMs = 0
  let lastError: unknown
  let ended = false

  function become(next: 'up' | 'down'): void {
    state = next
    if (told === next || ended) return
    if (next === 'down') logger.warn({ err: lastError }, LOST)
    else if (told === 'down') logger.info('Redis is back')
    told = next
  }

  return {
    state: () => state,
    lagMs: () => lagMs,
    /** Each is asked when the one before it has had its time. */
    asked: (n: number) => {
      if (asked !== undefined) become('down')
      asked = { n, at: performance.now() }
    },
    heard: (n: number) => {
      if (asked === undefined || n !== asked.n) return
      lagMs = performance.now() - asked.at
      asked = undefined
      become('up')
    },
    lost: () => become('down'),
    /** What happens from now on is meant. */
    end: () => (ended = true),
    note: (error: unknown) => void (lastError = error),
  }
}

const LOST =
  'Redis cannot be reached: what other relays do is read from the database instead, up to two seconds late. Check REDIS_URL.'
