import { agesInto, giveWork, openObserver, openSession, type Observer } from './observer.ts'
import type { BenchAgent, Relay } from './relay.ts'
import { shifted } from './work.ts'

/** Sessions that stream, each with its own readers. */
export type CrowdLoad = { sessions: number; chunksPerSecond: number; observers: number; seconds: number }

export type Crowd = {
  sessionIds: readonly string[]
  observers: readonly Observer[]
  /** How old each chunk was when a reader had it. */
  ages: number[]
  /** How many deliveries the work comes to. */
  expected: number
  /** Lets the agent begin. */
  begin(): Promise<void>
  close(): void
}

/** About what Claude Code's deltas weigh. */
const CHUNK_BYTES = 100

export async function openCrowd(relay: Relay, agent: BenchAgent, load: CrowdLoad): Promise<Crowd> {
  const { sessions, chunksPerSecond, observers: perSession, seconds } = load
  const sender = await openObserver(relay)
  const ages: number[] = []
  const sessionIds: string[] = []
  const observers: Observer[] = []
  const chunks = chunksPerSecond * seconds
  for (let session = 0; session < sessions; session += 1) sessionIds.push(await openSession(sender, agent))
  for (const sessionId of sessionIds) {
    for (let count = 0; count < perSession; count += 1) {
      const observer = await openObserver(relay, agesInto(ages))
      await observer.read(sessionId)
      observers.push(observer)
    }
  }
  return {
    sessionIds,
    observers,
    ages,
    expected: sessions * chunks * perSession,
    begin: async () => {
      const work = { chunkBytes: CHUNK_BYTES, chunksPerSecond, chunks }
      const given = sessionIds.map((sessionId, index) =>
        giveWork(sender, agent, sessionId, shifted(work, index, sessions)),
      )
      await Promise.all(given)
    },
    close: () => {
      for (const observer of [sender, ...observers]) observer.close()
    },
  }
}
