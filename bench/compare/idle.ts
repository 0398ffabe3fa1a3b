import type { Finding } from '../figures.ts'
import { fillLog } from '../parts/fill.ts'
import { pause } from '../parts/observer.ts'
import { freePort } from '../../packages/server/test/freePort.ts'
import { startPart, type Part } from '../parts/process.ts'
import { withRelay } from '../parts/relay.ts'
import { residentBytes } from '../parts/resources.ts'

const KIB = 1024
/** Garbage of the handshakes is collected, and what is left is what a reader costs. */
const SETTLE_MS = 3_000
/** The first ones make the process grow for everybody. */
const WARM_UP_CLIENTS = 200
/** Thousands of handshakes, on a machine that may have other work. */
const PATIENCE_MS = 60_000

/** What a reader costs who only listens. */
export async function idle({ clients }: { clients: number }): Promise<Finding> {
  const plain = await idlePlain(clients)
  const farhand = await idleFarhand(clients)
  return {
    title: `idle: ${clients} readers who only listen`,
    figures: [
      { name: 'memory per reader', value: farhand / KIB, unit: 'KiB' },
      { name: 'memory per reader, plain Socket.IO', value: plain / KIB, unit: 'KiB' },
      { name: 'ratio', value: farhand / plain, unit: '×', goal: { atMost: 1.3 } },
    ],
  }
}

async function idleFarhand(clients: number): Promise<number> {
  let sessionIds: string[] = []
  return await withRelay(
    async (relay) => {
      const argv = (count: number): string[] => ['farhand', relay.url, String(count), sessionIds[0] ?? '']
      return await perReader(relay.pid(), argv, { OWNER_TOKEN: relay.ownerToken }, clients)
    },
    async (dataDir) => {
      sessionIds = await fillLog(dataDir, 1, 10)
    },
  )
}

async function idlePlain(clients: number): Promise<number> {
  const port = await freePort()
  const relay = await startPart('controls/plainRelay.ts', [], { PORT: String(port) })
  const argv = (count: number): string[] => ['plain', `http://127.0.0.1:${port}`, String(count), 'room']
  const bytes = await perReader(relay.pid, argv, {}, clients)
  await relay.stop()
  return bytes
}

async function perReader(
  pid: number,
  argv: (clients: number) => string[],
  env: Record<string, string>,
  clients: number,
): Promise<number> {
  const open = (count: number): Promise<Part> =>
    startPart('compare/idleClients.ts', argv(count), env, /ready/, PATIENCE_MS)
  const first = await open(WARM_UP_CLIENTS)
  await pause(SETTLE_MS)
  const before = residentBytes(pid)
  const rest = await open(clients)
  await pause(SETTLE_MS)
  const bytes = residentBytes(pid) - before
  await first.stop()
  await rest.stop()
  return bytes / clients
}
