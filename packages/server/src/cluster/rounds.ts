import { repeat } from '../repeat.ts'
import type { ClusterOptions, Here } from './cluster.ts'
import type { Following } from './following.ts'
import type { Members } from './members.ts'

/** How often everybody says that they are there, and the log is asked for what was not heard of. */
const ROUND_MS = 1_000
/** Everything that others know of this relay is said again in every so-manyth round. */
const ROUNDS_PER_SAYING = 2
/** Inputs that were not heard of are looked for in every so-manyth round, while nothing seems to be lost. */
const ROUNDS_PER_LOOK = 5

/** The safety net: what is told and looked for again and again, because nothing that is said on the bus is promised to be heard. */
export function startRounds(
  options: Pick<ClusterOptions, 'bus' | 'store' | 'logger'> & {
    here: Here
    following: Following
    members: Members
    sayAll(): void
    gone(relay: string): void
  },
): { missed(): void; stop(): void } {
  const { bus, store, logger, here, following, members, sayAll, gone } = options
  let rounds = 0
  let missed = true // whatever was said before this relay came
  let wasDown = true

  async function round(): Promise<void> {
    rounds += 1
    const isLossy = missed || wasDown || bus.state() === 'down'
    if (missed || wasDown) bus.say({ type: 'hello' })
    missed = false
    wasDown = bus.state() === 'down'
    bus.say({ type: 'alive' })
    if (isLossy || rounds % ROUNDS_PER_SAYING === 0) sayAll()
    for (const relay of members.silent(performance.now())) {
      gone(relay)
      missed = true // what it did last may not have been told
    }
    following.prune()
    await readHeads()
    if (isLossy || rounds % ROUNDS_PER_LOOK === 0) for (const one of here.connections()) await here.handOver(one)
    if (isLossy) await readProjects()
  }

  async function readHeads(): Promise<void> {
    const read = [...here.read()]
    if (read.length > 0) following.check(await store.heads(read))
  }

  async function readProjects(): Promise<void> {
    for (const { projectId } of await store.projects()) {
      if (!here.isWatched(projectId)) continue
      here.projectRead(projectId, await store.sessions(projectId), await store.openRequests(projectId))
    }
  }

  let failing = false // told once, not each second
  const stop = repeat(() => round().then(() => void (failing = false)), {
    everyMs: ROUND_MS,
    firstAfterMs: 0,
    onError: (error) => {
      missed = true
      if (!failing) logger.warn({ err: error }, 'what other relays did could not be looked for')
      failing = true
    },
  })
  return { missed: () => void (missed = true), stop }
}
