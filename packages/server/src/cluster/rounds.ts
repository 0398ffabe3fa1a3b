import { repeat } from '../repeat.ts'
import type { Following } from './following.ts'
import type { ClusterOptions, Here } from './here.ts'
import type { Members } from './members.ts'

/** How often everybody says that they are there, and the log is asked for what was not heard of. */
const ROUND_MS = 1_000
/** Everything that others know of this relay is said again in every so-manyth round. */
const ROUNDS_PER_SAYING = 2
/** Inputs that were not heard of are looked for in every so-manyth round, while nothing seems to be lost. */
const ROUNDS_PER_LOOK = 5
/** And how the projects stand that are watched here: a relay that is cut off from the others tells nobody what it does. */
const ROUNDS_PER_READING = 15

type Options = Pick<ClusterOptions, 'bus' | 'store' | 'logger'> & {
  here: Here
  following: Following
  members: Members
  sayAll(): void
  gone(relay: string): void
}

/** The safety net: what is told and looked for again and again, because nothing that is said on the bus is promised to be heard. */
export function startRounds(options: Options): { missed(): void; stop(): void } {
  const state: State = { ...options, missed: true, failing: false } // whatever was said before this relay came
  const stops = [startBeats(state), startLooks(state)]
  return {
    missed: () => void (state.missed = true),
    stop: () => {
      for (const stop of stops) stop()
    },
  }
}

type State = Options & {
  /** Something was not heard since the last look. */
  missed: boolean
  failing: boolean
}

/** Never waits for the store: a relay whose database is away is there all the same. */
function startBeats(state: State): () => void {
  const { bus, members, sayAll, gone } = state
  let beats = 0
  let wasUp = false
  let before = performance.now()

  function beat(): void {
    const now = performance.now()
    bus.say({ type: 'alive' })
    const isUp = bus.state() === 'up'
    if (!isUp || now - before > 2 * ROUND_MS) members.excuse(now) // it is the bus, or this process, that stood still
    before = now
    beats += 1
    if (!isUp) state.missed = true
    if (!wasUp || state.missed) bus.say({ type: 'hello' })
    if (!wasUp || beats % ROUNDS_PER_SAYING === 0) sayAll()
    wasUp = isUp
    for (const relay of members.silent(now)) {
      gone(relay)
      state.missed = true // what it did last may not have been told
    }
  }

  beat()
  const timer = setInterval(beat, ROUND_MS)
  return () => clearInterval(timer)
}

function startLooks(state: State): () => void {
  const { store, logger, here, following } = state
  let looks = 0

  async function look(): Promise<void> {
    looks += 1
    const { missed } = state
    state.missed = false
    following.prune()
    const read = [...here.read()]
    if (read.length > 0) following.check(await store.heads(read))
    if (missed || looks % ROUNDS_PER_LOOK === 0) for (const one of here.connections()) await here.handOver(one)
    if (missed || looks % ROUNDS_PER_READING === 0) await readProjects(state)
    state.failing = false
  }

  return repeat(look, {
    everyMs: ROUND_MS,
    firstAfterMs: ROUND_MS / 2, // between the beats, so that what these found out is acted on soon
    onError: (error) => {
      state.missed = true
      if (!state.failing) logger.warn({ err: error }, 'what other relays did could not be looked for')
      state.failing = true // told once, not each second
    },
  })
}

async function readProjects({ store, here }: State): Promise<void> {
  for (const { projectId } of await store.projects()) {
    if (!here.isWatched(projectId)) continue
    here.projectRead(projectId, await store.sessions(projectId), await store.openRequests(projectId))
  }
}
