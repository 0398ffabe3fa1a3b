import type { AgentServer, BrowserServer } from '../websocket/sockets.ts'
import type { Meters } from './meters.ts'

export type SocketWatch = {
  /** When the last packet of a connected agent came, heartbeats included. */
  heardAt(agentId: string): number | undefined
}

/** Counts the sockets of both engines, from the proof of who they are to their end. */
export function watchSockets(
  { browsers, agents }: { browsers: BrowserServer; agents: AgentServer },
  meters: Meters,
  clock: { now(): number },
): SocketWatch {
  const heard = new Map<string, { socketId: string; at: number }>()
  browsers.on('connection', (socket) => watch(socket, 'browser', meters))
  agents.on('connection', (socket) => {
    watch(socket, 'agent', meters)
    const { agentId, connNo } = socket.data
    if (connNo > 1) meters.returned.inc()
    const last = { socketId: socket.id, at: clock.now() }
    heard.set(agentId, last)
    socket.conn.on('packet', () => {
      last.at = clock.now()
    })
    // Not where a newer connection of the same agent has come already.
    socket.once('disconnect', () => {
      if (heard.get(agentId)?.socketId === socket.id) heard.delete(agentId)
    })
  })
  return { heardAt: (agentId) => heard.get(agentId)?.at }
}

function watch(
  socket: { once(event: 'disconnect', listener: () => void): unknown },
  kind: string,
  meters: Meters,
): void {
  const since = performance.now()
  meters.connected.inc({ kind })
  meters.connections.inc({ kind })
  socket.once('disconnect', () => {
    meters.connections.dec({ kind })
    meters.connectionSeconds.observe({ kind }, (performance.now() - since) / 1000)
  })
}
