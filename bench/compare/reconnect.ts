import { io } from 'socket.io-client'
import type { Finding } from '../figures.ts'
import { probing } from '../load/replay.ts'
import { fillLog } from '../parts/fill.ts'
import { pause, within } from '../parts/observer.ts'
import { freePort } from '../../packages/server/test/freePort.ts'
import { startPart } from '../parts/process.ts'
import { withRelay } from '../parts/relay.ts'
import { cpuMs } from '../parts/resources.ts'
import { quantile } from '../stats.ts'

export type Storm = { clients: number; entries: number; sessions: number }

const PATIENCE_MS = 120_000
const PROBE_EVERY_MS = 20

type Served = { seconds: number; cpuMsPerClient: number; clientsCpuSeconds: number; liveMs: number[] }

/** Everybody comes back at once and wants what they missed, while somebody else goes on working. */
export async function reconnect(storm: Storm): Promise<Finding> {
  const plain = await stormPlain(storm)
  const farhand = await stormFarhand(storm)
  return {
    title: `reconnect: ${storm.clients} clients at once, ${storm.entries} entries each`,
    figures: [
      { name: 'all served', value: farhand.seconds, unit: 's', goal: { atMost: 3 } },
      { name: 'live meanwhile, p99', value: quantile(farhand.liveMs, 0.99), unit: 'ms', goal: { atMost: 250 } },
      { name: 'CPU per client', value: farhand.cpuMsPerClient, unit: 'ms' },
      { name: 'CPU of all clients, in their own process', value: farhand.clientsCpuSeconds, unit: 's' },
      { name: 'all served, Socket.IO with a message per entry', value: plain.seconds, unit: 's' },
      { name: 'live meanwhile, p99, the same', value: quantile(plain.liveMs, 0.99), unit: 'ms' },
      { name: 'CPU per client, the same', value: plain.cpuMsPerClient, unit: 'ms' },
      { name: 'CPU of all clients, the same', value: plain.clientsCpuSeconds, unit: 's' },
      { name: 'CPU, ratio', value: farhand.cpuMsPerClient / plain.cpuMsPerClient, unit: '×', goal: { atMost: 0.4 } },
    ],
  }
}

async function stormFarhand(storm: Storm): Promise<Served> {
  let sessionIds: string[] = []
  return await withRelay(
    async (relay) => {
      const others = await probing(relay)
      const served = await unleash(
        storm,
        ['farhand', relay.url],
        { OWNER_TOKEN: relay.ownerToken },
        relay.pid(),
        sessionIds,
      )
      return { ...served, liveMs: await others.stop() }
    },
    async (dataDir) => {
      sessionIds = await fillLog(dataDir, storm.sessions, storm.entries)
    },
  )
}

async function stormPlain(storm: Storm): Promise<Served> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const relay = await startPart('controls/plainRelay.ts', [], { PORT: String(port) })
  const socket = io(url, { transports: ['websocket'] })
  const liveMs: number[] = []
  let on = true
  const asking = (async () => {
    while (on) {
      const asked = performance.now()
      await socket.emitWithAck('join', 'probe')
      liveMs.push(performance.now() - asked)
      await pause(PROBE_EVERY_MS)
    }
  })()
  const served = await unleash(storm, ['plain', url], {}, relay.pid, ['any'])
  on = false
  await asking
  socket.disconnect()
  await relay.stop()
  return { ...served, liveMs }
}

async function unleash(
  { clients, entries }: Storm,
  who: readonly string[],
  env: Record<string, string>,
  pid: number,
  sessionIds: readonly string[],
): Promise<Omit<Served, 'liveMs'>> {
  const before = cpuMs(pid)
  const argv = [...who, String(clients), String(entries), ...sessionIds]
  const storm = await startPart('compare/stormClients.ts', argv, env)
  const said = await within(storm.said(SERVED, PATIENCE_MS), 'the storm was not served', PATIENCE_MS)
  const [, tookMs, clientsCpuMs] = SERVED.exec(said) ?? []
  return {
    seconds: Number(tookMs) / 1000,
    cpuMsPerClient: (cpuMs(pid) - before) / clients,
    clientsCpuSeconds: Number(clientsCpuMs) / 1000,
  }
}

/** Both in milliseconds: how long it took, and the processor's time of the clients. */
const SERVED = /served in ([\d.]+), with ([\d.]+) of the processor\n/
