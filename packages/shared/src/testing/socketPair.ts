/**
 * Two ends of a link whose traffic moves only when a test says so. It replaces a network in tests of order:
 * messages arrive in the order they were sent, unless the link is cut, which loses what was still under way.
 */
export type SocketPair<ToServer, ToClient> = {
  client: { send(message: ToServer): void; onMessage(listener: (message: ToClient) => void): void }
  server: { send(message: ToClient): void; onMessage(listener: (message: ToServer) => void): void }
  /** Delivers at most `count` waiting messages of one direction; returns how many it delivered. */
  flushToServer(count?: number): number
  flushToClient(count?: number): number
  /** Loses everything under way. Both ends may go on sending afterwards, as on a new connection. */
  cut(): void
  waiting(): { toServer: number; toClient: number }
}

export function socketPair<ToServer, ToClient>(): SocketPair<ToServer, ToClient> {
  const toServer = lane<ToServer>()
  const toClient = lane<ToClient>()
  return {
    client: { send: toServer.send, onMessage: toClient.onMessage },
    server: { send: toClient.send, onMessage: toServer.onMessage },
    flushToServer: toServer.flush,
    flushToClient: toClient.flush,
    cut() {
      toServer.clear()
      toClient.clear()
    },
    waiting: () => ({ toServer: toServer.size(), toClient: toClient.size() }),
  }
}

function lane<T>() {
  let waiting: T[] = []
  let listener: (message: T) => void = () => {}
  return {
    send(message: T): void {
      waiting.push(message)
    },
    onMessage(next: (message: T) => void): void {
      listener = next
    },
    flush(count = Number.POSITIVE_INFINITY): number {
      let delivered = 0
      while (delivered < count) {
        const message = waiting.shift()
        if (message === undefined) break
        delivered += 1
        listener(message)
      }
      return delivered
    },
    clear(): void {
      waiting = []
    },
    size: () => waiting.length,
  }
}
