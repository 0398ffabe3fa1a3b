import type { IncomingMessage, Server as HttpServer } from 'node:http'
import type { Duplex } from 'node:stream'
import { createPacing } from './pacing.ts'

/** About five milliseconds of work: a connection's first steps cost a third of one each. */
const ADMITTED_PER_TURN = 16

type Upgrade = (request: IncomingMessage, wire: Duplex, head: Buffer) => void

/**
 * Whoever wants a WebSocket is let in so many at a time: after a restart of the relay all come in the same moment, and
 * one turn of the event loop would greet a thousand of them while those who are here already wait. Who is let in can
 * ask and be answered before the next ones come.
 *
 * @param http after all listeners of `upgrade` were added; nobody else may listen later
 */
export function admitInTurns(http: HttpServer): void {
  const listeners = http.listeners('upgrade') as Upgrade[]
  if (listeners.length === 0) return // Node answers for itself; a listener would keep it from that
  const pace = createPacing(ADMITTED_PER_TURN)
  http.removeAllListeners('upgrade')
  http.on('upgrade', (request, wire, head) => {
    wire.on('error', leave)
    pace(() => {
      wire.off('error', leave)
      if (wire.destroyed) return
      for (const listener of listeners) listener.call(http, request, wire, head)
    })
  })
}

/** Who went away while it waited: Node has closed the connection already, and a listener is all that it asks for. */
function leave(): void {}
