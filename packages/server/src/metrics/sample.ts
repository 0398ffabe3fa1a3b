import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Condition } from '../cluster/cluster.ts'
import type { Health } from '../health/complaints.ts'
import type { Store } from '../log/store.ts'
import type { Meters } from './meters.ts'

/** Enough to see that something piles up; nobody needs to know whether it is a thousand or two. */
const MAX_COUNTED = 1_000
const US_PER_SECOND = 1_000_000

const ALONE: Condition = { relays: 1, up: true, lagMs: 0 }

/** Brings the gauges up to date that nobody tells: what waits, and how the process and its files are. */
export async function sample(options: {
  meters: Meters
  store: Pick<Store, 'projects' | 'waitingInputs' | 'openCommands'>
  agents: { unsent(): number }
  /** Undefined where this relay is alone. */
  cluster: () => Condition | undefined
  health: () => Health
  dataDir: string
  attachmentsDir: string
}): Promise<void> {
  const { meters, store, agents, cluster, health, dataDir, attachmentsDir } = options
  const { storage, eventLoop } = health()
  meters.loopMaxSeconds.set(eventLoop.maxMs / 1000)
  meters.loopP99Seconds.set(eventLoop.p99Ms / 1000)
  meters.damaged.set(storage.damaged ? 1 : 0)
  meters.agentUnsent.set(agents.unsent())
  const { relays, up, lagMs } = cluster() ?? ALONE
  meters.relays.set(relays)
  meters.busUp.set(up ? 1 : 0)
  meters.busLagSeconds.set(lagMs / 1000)
  meters.memoryBytes.set(process.memoryUsage.rss())
  const { user, system } = process.cpuUsage()
  meters.cpuSeconds.set((user + system) / US_PER_SECOND)
  for (const [file, bytes] of await sizesIn(dataDir, attachmentsDir)) meters.storeBytes.set({ file }, bytes)
  await sampleCommands(meters, store)
}

async function sampleCommands(
  meters: Meters,
  store: Pick<Store, 'projects' | 'waitingInputs' | 'openCommands'>,
): Promise<void> {
  let waiting = 0
  let open = 0
  for (const agentId of new Set((await store.projects()).map((project) => project.agentId))) {
    waiting += (await store.waitingInputs(agentId, MAX_COUNTED)).length
    open += (await store.openCommands(agentId)).length
  }
  meters.commandsWaiting.set(waiting)
  meters.commandsOpen.set(open)
}

/** The files of the data directory by name, and the attachments all together. */
async function sizesIn(dataDir: string, attachmentsDir: string): Promise<Map<string, number>> {
  const sizes = new Map<string, number>()
  for (const entry of await readdir(dataDir, { withFileTypes: true })) {
    if (entry.isFile()) sizes.set(entry.name, await sizeOf(join(dataDir, entry.name)))
  }
  let attachments = 0
  for (const name of await readdir(attachmentsDir).catch(() => [])) {
    attachments += await sizeOf(join(attachmentsDir, name))
  }
  return sizes.set('attachments', attachments)
}

/** A file that went while we looked has no size. */
async function sizeOf(path: string): Promise<number> {
  return await stat(path).then(
    (found) => found.size,
    () => 0,
  )
}
