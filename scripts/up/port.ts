import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { UsageError } from './options.ts'

/**
 * The port to listen on: the wanted one if it is free, a free one for 0. Throws a UsageError when it is not to be had.
 * Somebody may still take it before the server does; the server then says the same.
 */
export async function claimPort(host: string, port: number): Promise<number> {
  const probe = createServer()
  try {
    probe.listen(port, host)
    await once(probe, 'listening')
    // A listening TCP server has an AddressInfo; only pipes have a string.
    return (probe.address() as AddressInfo).port
  } catch (error) {
    throw new UsageError(explain(host, port, error), { cause: error })
  } finally {
    await new Promise((resolve) => probe.close(resolve))
  }
}

function explain(host: string, port: number, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} is in use already: stop what uses it, or choose another one with PORT=${port + 1}.`
    case 'EACCES':
      return `Port ${port} needs more rights than you have: choose one above 1023 with PORT=3000.`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `This machine has no address ${host}: set HOST to one of its own, or leave it out.`
    default:
      return `Cannot listen on ${host}, port ${port}: ${String(error)}`
  }
}
