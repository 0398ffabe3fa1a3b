import type { IncomingMessage, Server as HttpServer } from 'node:http'
import { Socket as TcpSocket } from 'node:net'
import type { Duplex } from 'node:stream'
import { AGENT_PATH, BROWSER_PATH } from '@farhand/shared'
import type { Server, Socket } from 'socket.io'

type Engine = Server['engine']
type Connection = Socket['conn']

/** What was said last gets this long to leave after a connection was closed. */
const PARTING_MS = 1_000

/** The TCP connections under the engines' connections: an engine's own `close` waits for the other end to take what was written. */
export type Wires = {
  /** Drops what was written and not taken, in this process and in the kernel, and is gone at once. */
  cut(connection: Connection): void
}

/**
 * Knows the TCP connections of a WebSocket and of polls under way. One whose engine connection has closed is cut a
 * little later: a peer that is not there any more never says that it has closed too (CON2).
 *
 * @param http after the engines were attached: they take the listeners over that are there before
 */
export function trackWires(http: HttpServer, engines: readonly Engine[]): Wires {
  const wires = new Map<string, Set<Duplex>>()

  function note(connectionId: string, wire: Duplex): () => void {
    const known = wires.get(connectionId) ?? new Set()
    wires.set(connectionId, known.add(wire))
    const forget = (): void => {
      known.delete(wire)
      if (known.size === 0 && wires.get(connectionId) === known) wires.delete(connectionId)
    }
    wire.once('close', forget)
    return () => {
      wire.off('close', forget)
      forget()
    }
  }

  function cut(connection: Connection): void {
    for (const wire of [...(wires.get(idOf(connection)) ?? [])]) {
      if (wire instanceof TcpSocket) wire.resetAndDestroy()
      else wire.destroy()
    }
  }

  // A poll has its TCP connection for itself only until it is answered.
  http.on('request', (request, response) => {
    const connectionId = sidOf(request)
    if (connectionId !== undefined) response.once('close', note(connectionId, request.socket))
  })
  // With no engine that upgrades, Node answers for itself; a listener would keep it from that.
  if (http.listenerCount('upgrade') > 0) {
    http.on('upgrade', (request: IncomingMessage, wire) => {
      const connectionId = sidOf(request)
      if (connectionId !== undefined) note(connectionId, wire)
    })
  }
  for (const engine of engines) {
    engine.on('connection', (connection: Connection) => {
      if (connection.transport.name === 'websocket') note(idOf(connection), connection.request.socket)
      connection.once('close', () => setTimeout(() => cut(connection), PARTING_MS).unref())
    })
  }
  return { cut }
}

/** Documented by the engine, and left out of its types. */
function idOf(connection: Connection): string {
  return String(Reflect.get(connection, 'id'))
}

/** The engine's id of the connection that a request belongs to; the first one of a connection has none. */
function sidOf({ url = '' }: IncomingMessage): string | undefined {
  if (!url.startsWith(BROWSER_PATH) && !url.startsWith(AGENT_PATH)) return undefined
  return new URLSearchParams(url.slice(url.indexOf('?') + 1)).get('sid') ?? undefined
}
