import { randomInt } from 'node:crypto'
import { createSocket, type Socket as Datagrams } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * Below what Linux (from 32768), macOS and Windows (from 49152) give to those who ask for any port: of these none goes to
 * somebody else between its being found and its being used, nor while what listens there is down.
 */
const FIRST = 20_000
const COUNT = 12_000
const HOST = '127.0.0.1'

/** A port of this machine that is this process's own until it ends: for whoever has to come back on the same one. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + randomInt(COUNT)
    const claim = await claimOf(port)
    if (claim === undefined) continue
    if (await canListen(port)) return port
    claim.close()
  }
}

/** The UDP port of the same number, held by the kernel for this process alone, however that ends. Nobody else uses it. */
async function claimOf(port: number): Promise<Datagrams | undefined> {
  const claim = createSocket('udp4').unref()
  try {
    claim.bind({ port, address: HOST, exclusive: true })
    await once(claim, 'listening')
    return claim
  } catch {
    claim.close()
    return undefined
  }
}

async function canListen(port: number): Promise<boolean> {
  const probe = createServer()
  try {
    probe.listen(port, HOST)
    await once(probe, 'listening')
    return true
  } catch {
    return false
  } finally {
    await new Promise((resolve) => probe.close(resolve))
  }
}
