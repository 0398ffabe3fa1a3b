import type { Socket } from 'socket.io'

type Connection = Socket['conn']

/** Far more than a page or a script has to say, and than is done of it; what is beyond costs its refusal only. */
const MESSAGES_PER_WINDOW = 200
const WINDOW_MS = 200

/**
 * Who sends without end is read no faster than this, on average: one read may bring thousands of messages, and then
 * nothing is read until they are paid off. The rest waits in the sender's own network, and with it the answers to our
 * pings, so that whoever goes on ends as silent. Refusing each message instead would take all our time.
 */
export function limitIntake(connection: Connection): void {
  let owed = 0
  let window: NodeJS.Timeout | undefined

  function payOff(): void {
    const paused = owed >= MESSAGES_PER_WINDOW
    owed = Math.max(0, owed - MESSAGES_PER_WINDOW)
    if (paused && owed < MESSAGES_PER_WINDOW) wireOf(connection)?.resume()
    window = owed > 0 ? setTimeout(payOff, WINDOW_MS) : undefined
  }

  connection.on('packet', () => {
    owed += 1
    window ??= setTimeout(payOff, WINDOW_MS)
    if (owed === MESSAGES_PER_WINDOW) wireOf(connection)?.pause()
  })
  connection.once('close', () => clearTimeout(window))
}

type Wire = { pause(): void; resume(): void }

/** The WebSocket under the engine's transport, which its types leave out. A poll brings no more than one request holds. */
function wireOf({ transport }: Connection): Wire | undefined {
  const wire: unknown = Reflect.get(transport, 'socket')
  return isWire(wire) ? wire : undefined
}

function isWire(value: unknown): value is Wire {
  return typeof value === 'object' && value !== null && 'pause' in value && 'resume' in value
}
