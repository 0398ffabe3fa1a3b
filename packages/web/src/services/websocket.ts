import {
  ACK_TIMEOUT_MS,
  BROWSER_PATH,
  FarhandError,
  isErrorCode,
  speaks,
  type BrowserToServer,
  type ServerToBrowser,
  type Welcome,
} from '@farhand/shared'
import { io, type Socket } from 'socket.io-client'
import { readAnswer, readEvent } from './incoming.ts'
import type { AnswerOf, EventOf, PayloadOf, Question, RelayEvent } from './wire.ts'

/** How long reaching the relay and its `welcome` may take. */
export const WELCOME_TIMEOUT_MS = 10_000

export type { AnswerOf, EventOf, PayloadOf, Question, RelayEvent } from './wire.ts'

/** Asks and waits for the acknowledgement. Rejects with the refusal's code, or INTERNAL when no answer came. */
export type Ask = <E extends Question>(event: E, payload: PayloadOf<E>, timeoutMs?: number) => Promise<AnswerOf<E>>

export type DialOptions = {
  url: string
  ticket: string
  /** Every event, from the first on; `welcome` too. */
  onEvent<E extends RelayEvent>(event: E, payload: EventOf<E>): void
  /** Once, when an established connection is gone. */
  onLost(reason: string): void
}

/** A connection that was welcomed. */
export type Connection = { welcome: Welcome; ask: Ask; close(): void }
export type Dial = (options: DialOptions) => Promise<Connection>

/** One attempt. Trying again is the caller's business: Socket.IO's own loop hides when it will. */
export const dial: Dial = ({ url, ticket, onEvent, onLost }) => {
  const socket: Socket<ServerToBrowser, BrowserToServer> = io(url === '' ? undefined : url, {
    path: BROWSER_PATH,
    auth: { ticket },
    transports: ['websocket', 'polling'],
    tryAllTransports: true,
    reconnection: false,
    forceNew: true,
    autoConnect: false,
    timeout: WELCOME_TIMEOUT_MS,
    withCredentials: url !== '',
  })
  return new Promise((resolve, reject) => {
    let settled = false
    let welcomed = false
    const fail = (error: FarhandError): void => {
      if (settled) return
      settled = true
      clearTimeout(deadline)
      socket.disconnect()
      reject(error)
    }
    const deadline = setTimeout(
      () => fail(new FarhandError('INTERNAL', 'The relay did not answer in time.')),
      WELCOME_TIMEOUT_MS,
    )
    socket.onAny((event: RelayEvent, payload: unknown) => {
      const said = readEvent(event, payload)
      if (said !== undefined) onEvent(event, said)
      if (settled) return
      if (event === 'goodbye') fail(errorOf(payload))
      if (event !== 'welcome') return
      const welcome = readEvent('welcome', payload)
      if (welcome === undefined || !speaks(welcome.protocol)) return fail(new FarhandError('UPGRADE_REQUIRED'))
      settled = true
      welcomed = true
      clearTimeout(deadline)
      resolve({ welcome, ask: askOver(socket), close: () => socket.disconnect() })
    })
    socket.on('connect_error', (error) => fail(errorOf('data' in error ? error.data : error, error.message)))
    socket.on('disconnect', (reason) => {
      if (welcomed) onLost(reason)
      else fail(new FarhandError('INTERNAL', 'The relay closed the connection.')) // unless it failed, and hung up itself
    })
    socket.connect()
  })
}

function askOver(socket: Socket<ServerToBrowser, BrowserToServer>): Ask {
  // The event map ties payload and answer to the event's name, which Socket.IO's generics can't follow through a parameter.
  const wire = socket as unknown as Socket
  return (event, payload, timeoutMs = ACK_TIMEOUT_MS) =>
    new Promise((resolve, reject) => {
      // Socket.IO would keep the packet for a connection that never comes: every attempt has its own socket.
      if (!socket.connected) return reject(notConnected())
      wire.timeout(timeoutMs).emit(event, payload, (error: Error | null, answer: unknown) => {
        if (error !== null)
          return reject(new FarhandError('INTERNAL', 'The relay did not answer in time.', { cause: error }))
        const said = readAnswer(event, answer)
        if (said instanceof FarhandError) reject(said)
        else resolve(said)
      })
    })
}

export function notConnected(): FarhandError {
  return new FarhandError('INTERNAL', 'Not connected to the relay.')
}

/** A refusal carries `{ code, message }`, or has the code as its message; everything else is a network's fault. */
function errorOf(refusal: unknown, fallback = ''): FarhandError {
  const { code, message } = typeof refusal === 'object' && refusal !== null ? readRefusal(refusal) : {}
  if (isErrorCode(code)) return new FarhandError(code, message)
  if (isErrorCode(fallback)) return new FarhandError(fallback)
  return new FarhandError('INTERNAL', 'The relay cannot be reached.', { cause: refusal })
}

function readRefusal(refusal: object): { code?: unknown; message?: string } {
  const code = 'code' in refusal ? refusal.code : undefined
  const message = 'message' in refusal && typeof refusal.message === 'string' ? refusal.message : undefined
  return message === undefined ? { code } : { code, message }
}
