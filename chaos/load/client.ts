import {
  BROWSER_PATH,
  type Ack,
  type BrowserToServer,
  type Entry,
  type Heads,
  type ServerToBrowser,
} from '@farhand/shared'
import { io, type Socket } from 'socket.io-client'

/** One connection to the relay that is made again for ever, as the page does it. */
export type Client = {
  /** The answer, or a rejection: a refusal as `Refused`, silence and a lost link as any other error. */
  ask<T>(event: keyof BrowserToServer, payload: object): Promise<T>
  close(): void
}

export type ClientEvents = {
  /** After each `welcome`: from now on things may be said. */
  up(): void
  down(): void
  entries(entries: Entry[]): void
  heads(heads: Heads): void
}

export class Refused extends Error {
  readonly code: string
  readonly retryable: boolean
  constructor(error: { code: string; message: string; retryable: boolean }) {
    super(`${error.code}: ${error.message}`)
    this.code = error.code
    this.retryable = error.retryable
  }
}

const ASK_MS = 8_000
const RECONNECT_MS = 200
const RECONNECT_CAP_MS = 2_000

/** What a client proves itself with; asked for at each attempt. A rejection is an attempt that failed. */
export type Proof = () => Promise<object>

export function openClient(url: string, proof: Proof, events: ClientEvents): Client {
  let later: NodeJS.Timeout | undefined
  const socket: Socket<ServerToBrowser, BrowserToServer> = io(url, {
    path: BROWSER_PATH,
    auth: (prove) => void proof().then(prove, dialLater),
    transports: ['websocket'],
    reconnectionDelay: RECONNECT_MS,
    reconnectionDelayMax: RECONNECT_CAP_MS,
    timeout: ASK_MS,
    forceNew: true,
  })
  function dialLater(): void {
    socket.disconnect()
    later = setTimeout(() => socket.connect(), RECONNECT_CAP_MS)
  }
  socket.on('welcome', () => events.up())
  socket.on('disconnect', (reason) => {
    events.down()
    // Socket.IO dials again by itself, unless the relay said goodbye.
    if (reason === 'io server disconnect') later = setTimeout(() => socket.connect(), RECONNECT_MS)
  })
  socket.on('command_result', (said) => events.entries([said].flat()))
  socket.on('heads', events.heads)
  return {
    async ask<T>(event: keyof BrowserToServer, payload: object): Promise<T> {
      if (!socket.connected) throw new Error('not connected')
      const untyped = socket.timeout(ASK_MS) as unknown as {
        emitWithAck(event: string, payload: object): Promise<Ack<T>>
      }
      const answer = await untyped.emitWithAck(event, payload)
      if (!answer.ok) throw new Refused(answer.error)
      return answer
    },
    close() {
      clearTimeout(later)
      socket.removeAllListeners().disconnect()
    },
  }
}
