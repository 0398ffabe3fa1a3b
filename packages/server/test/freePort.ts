import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'

/** A port of this machine that was free a moment ago: for whoever has to come back on the same one. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo // a listening TCP server has one
  probe.close()
  await once(probe, 'close')
  return port
}
