import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** A TCP proxy in front of a relay that can stop taking anything from either end, without a word to either. */
export type StallingProxy = {
  url: string
  /** From now on: nothing is read and nothing is passed on, and no end hears of the other's end. */
  stall(): void
  /** Reads and passes on again what still comes. */
  go(): void
  /** How many bytes came from the relay. */
  received(): number
  close(): Promise<void>
}

export async function openStallingProxy(target: string): Promise<StallingProxy> {
  const { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  let stalled = false
  let received = 0
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ host: hostname, port: Number(port), allowHalfOpen: true })
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.on('error', () => {}) // a reset is what some tests are about
      from.on('data', (chunk: Buffer) => {
        if (from === far) received += chunk.length
        to.write(chunk)
      })
      from.on('end', () => {
        if (!stalled) to.end()
      })
    }
    if (stalled) for (const socket of [near, far]) socket.pause()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port: own } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${own}`,
    stall: () => {
      stalled = true
      for (const socket of sockets) socket.pause()
    },
    go: () => {
      stalled = false
      for (const socket of sockets) socket.resume()
    },
    received: () => received,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
