import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { once } from 'node:events'

/** Between a client and a server: it can cut the connection just when something is said. */
export type CuttingProxy = {
  port: number
  /** The next one who says `text` is cut off; `after`: the server still hears it, but its answer goes nowhere. */
  cutAt(text: string, when: 'before' | 'after'): void
  /** Whoever is connected is cut off. */
  cutAll(): void
  /** How often it cut at what somebody said. */
  cuts(): number
  close(): Promise<void>
}

/** @param port for one that comes again. @default any */
export async function openCuttingProxy(target: { host: string; port: number }, port = 0): Promise<CuttingProxy> {
  const sockets = new Set<Socket>()
  let plan: { text: string; when: 'before' | 'after' } | undefined
  let cuts = 0

  const server = createServer((near) => {
    const far = connect(target.port, target.host)
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => sockets.delete(socket))
    }
    far.on('data', (chunk) => near.write(chunk))
    far.on('close', () => near.destroy())
    near.on('close', () => far.end())
    near.on('data', (chunk) => {
      if (plan === undefined || !chunk.includes(plan.text)) return void far.write(chunk)
      const { when } = plan
      plan = undefined
      cuts += 1
      if (when === 'after') far.end(chunk)
      else far.destroy()
      near.destroy()
    })
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')

  const cutAll = (): void => {
    for (const socket of sockets) socket.destroy()
  }

  return {
    port: (server.address() as AddressInfo).port,
    cutAt: (text, when) => {
      plan = { text, when }
    },
    cutAll,
    cuts: () => cuts,
    close: async () => {
      cutAll()
      server.close()
      await once(server, 'close')
    },
  }
}
