import { FarhandError, type ServerToBrowser, type Welcome } from '@farhand/shared'
import { asFarhandError } from './api.ts'
import { openAudience } from './audience.ts'
import { openProbing } from './probing.ts'
import { afterFailure, type LinkStatus, type ReconnectRules } from './reconnect.ts'
import { notConnected, type Ask, type Connection, type Dial, type EventOf, type RelayEvent } from './websocket.ts'

/** A connection that lived this long starts the count of attempts anew. */
export const STABLE_MS = 10_000

export type RelayOptions = {
  url: string
  rules: ReconnectRules
  dial: Dial
  /** A new one for each attempt. */
  buyTicket(): Promise<string>
  clock: { now(): number }
  random(): number
  isOnline(): boolean
  /** Runs `later` after a pause and returns how to prevent it. */
  schedule(later: () => void, ms: number): () => void
}

/** The link to the relay, for as long as somebody is signed in. Its events outlive single connections. */
export type Relay = {
  ask: Ask
  on<E extends RelayEvent>(event: E, listener: ServerToBrowser[E]): () => void
  /** Called at once with the present status, and with the `welcome` of each new connection. */
  onStatus(listener: (status: LinkStatus, welcome?: Welcome) => void): () => void
  onRoundTrip(listener: (ms: number) => void): () => void
  /** Called when the answer to a probe is overdue, and when it came or the link is given up. */
  onOverdue(listener: (overdue: boolean) => void): () => void
  status(): LinkStatus
  /** Attempts at once, whatever the loop waits for. */
  retryNow(): void
  /** The page woke up or a network came: attempt at once, or find out quickly whether the link is still alive. */
  wake(): void
  close(): void
}

export function openRelay(options: RelayOptions): Relay {
  const { clock, schedule } = options
  const audience = openAudience()
  let status: LinkStatus = { name: 'connecting', attempt: 1 }
  let connection: Connection | undefined
  let farewell: FarhandError | undefined
  let attempt = 0
  /** Grows with every attempt and with the end, so that what belongs to an older one is recognised. */
  let generation = 0
  let cancelTimer = (): void => {}
  const probing = openProbing({
    clock,
    schedule,
    onRoundTrip: audience.tellRoundTrip,
    onOverdue: audience.tellOverdue,
    onDead: (error) => fail(error),
  })

  function setStatus(next: LinkStatus, welcome?: Welcome): void {
    status = next
    audience.tellStatus(next, welcome)
  }

  function dispatch<E extends RelayEvent>(event: E, payload: EventOf<E>): void {
    if (event === 'goodbye') farewell = farewellOf(payload as EventOf<'goodbye'>)
    audience.tell(event, payload)
  }

  function hangUp(): void {
    cancelTimer()
    generation += 1
    connection?.close()
    connection = undefined
    probing.stop()
  }

  function attemptNow(): void {
    hangUp()
    attempt += 1
    farewell = undefined
    setStatus({ name: 'connecting', attempt })
    void connect(generation)
  }

  /** A door: whatever goes wrong in an attempt becomes the status that follows it. */
  async function connect(mine: number): Promise<void> {
    try {
      const ticket = await options.buyTicket()
      if (mine !== generation) return
      const opened = await dialWith(options.dial, {
        url: options.url,
        ticket,
        onEvent: (event, payload) => mine === generation && dispatch(event, payload),
        onLost: (reason) => mine === generation && fail(new FarhandError('INTERNAL', reason)),
      })
      if (mine !== generation) return opened.close()
      connection = opened
      setStatus({ name: 'connected', since: clock.now() }, opened.welcome)
      probing.start(opened)
    } catch (error) {
      if (mine === generation) fail(asFarhandError(error))
    }
  }

  function fail(error: FarhandError): void {
    hangUp()
    if (status.name === 'connected' && clock.now() - status.since >= STABLE_MS) attempt = 0
    const circumstances = { online: options.isOnline(), now: clock.now(), random: options.random() }
    const next = afterFailure(farewell ?? error, attempt, options.rules, circumstances)
    if ('until' in next && next.until !== null) cancelTimer = schedule(attemptNow, next.until - circumstances.now)
    setStatus(next)
  }

  attemptNow()
  return {
    ask: (event, payload, timeoutMs) => connection?.ask(event, payload, timeoutMs) ?? Promise.reject(notConnected()),
    on: audience.on,
    onStatus(listener) {
      listener(status, connection?.welcome)
      return audience.onStatus(listener)
    },
    onRoundTrip: audience.onRoundTrip,
    onOverdue: audience.onOverdue,
    status: () => status,
    retryNow: attemptNow,
    wake() {
      if (status.name === 'waiting' || status.name === 'offline') return attemptNow()
      if (status.name === 'connected') probing.wake()
    },
    close() {
      hangUp()
      audience.clear()
    },
  }
}

/** A ticket may grow too old on a slow way. Whether somebody is signed in is told where tickets are sold. */
async function dialWith(dial: Dial, options: Parameters<Dial>[0]): Promise<Connection> {
  try {
    return await dial(options)
  } catch (error) {
    const known = asFarhandError(error)
    throw known.code === 'UNAUTHENTICATED' ? new FarhandError('INTERNAL', known.message, { cause: known }) : known
  }
}

function farewellOf({ code, message, retryAfterMs }: EventOf<'goodbye'>): FarhandError {
  const known = asCode(code)
  return new FarhandError(known, message, retryAfterMs === undefined ? {} : { retryAfterMs })
}

function asCode(code: string): 'UNAUTHENTICATED' | 'FORBIDDEN' | 'UPGRADE_REQUIRED' | 'INTERNAL' {
  return code === 'UNAUTHENTICATED' || code === 'FORBIDDEN' || code === 'UPGRADE_REQUIRED' ? code : 'INTERNAL'
}
