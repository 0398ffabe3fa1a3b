import type { Finding } from '../figures.ts'
import { openCrowd } from '../parts/crowd.ts'
import { headOf, openObserver, pause, until } from '../parts/observer.ts'
import { withRelay, type Relay } from '../parts/relay.ts'
import { quantile } from '../stats.ts'

/** `seconds`: how long the agent speaks; long enough that it still does when the last client is back. */
export type RestartLoad = { clients: number; sessions: number; seconds: number }

const CHUNKS_PER_SECOND = 10
const BEFORE_MS = 1_000
const DOWN_MS = 500
const PATIENCE_MS = 60_000
const LOOK_EVERY_MS = 25

/** [F20] Everybody comes back at once: the relay is killed under traffic and started again. */
export async function restart(load: RestartLoad): Promise<Finding> {
  return await withRelay((relay) => measure(relay, load))
}

async function measure(relay: Relay, { clients, sessions, seconds }: RestartLoad): Promise<Finding> {
  const agent = await relay.openAgent()
  const observers = Math.ceil(clients / sessions)
  const crowd = await openCrowd(relay, agent, {
    sessions,
    chunksPerSecond: CHUNKS_PER_SECOND,
    observers,
    seconds,
  })
  await crowd.begin()
  await pause(BEFORE_MS)
  const killed = performance.now()
  await relay.kill()
  await pause(DOWN_MS)
  await relay.start()
  const upAfterMs = performance.now() - killed

  const heads = await headsOf(relay, crowd.sessionIds)
  const caughtUpMs = await catchingUp(
    crowd.observers.map((observer, index) => {
      const sessionId = crowd.sessionIds[Math.floor(index / observers)] ?? ''
      const head = heads.get(sessionId) ?? 0
      return () => observer.isLive(sessionId) && observer.cursorOf(sessionId) >= head
    }),
    killed,
  )
  await until(() => crowd.ages.length >= crowd.expected, 'something was lost')
  await pause(BEFORE_MS) // what came twice would come now
  const twice = crowd.ages.length - crowd.expected
  crowd.close()
  return {
    title: `restart: ${crowd.observers.length} clients, the relay killed under traffic and started again`,
    figures: [
      {
        name: 'caught up after the kill, p99',
        value: quantile(caughtUpMs, 0.99) / 1000,
        unit: 's',
        goal: { atMost: 10 },
      },
      { name: 'caught up after the kill, p50', value: quantile(caughtUpMs, 0.5) / 1000, unit: 's' },
      { name: 'relay ready after the kill', value: upAfterMs / 1000, unit: 's' },
      { name: 'entries applied twice', value: twice, unit: '', goal: { atMost: 0 } },
    ],
  }
}

/** How far the logs are once the relay is back; whoever has this much has caught up. */
async function headsOf(relay: Relay, sessionIds: readonly string[]): Promise<Map<string, number>> {
  const asker = await openObserver(relay)
  const heads = new Map<string, number>()
  for (const sessionId of sessionIds) heads.set(sessionId, await headOf(asker, sessionId))
  asker.close()
  return heads
}

/** When each of them had caught up, in milliseconds since `start`. */
async function catchingUp(behind: readonly (() => boolean)[], start: number): Promise<number[]> {
  const tookMs: number[] = []
  let left = behind
  while (left.length > 0) {
    const now = performance.now() - start
    if (now > PATIENCE_MS) throw new Error(`${left.length} clients did not catch up`)
    const still = left.filter((hasCaughtUp) => !hasCaughtUp())
    for (let count = still.length; count < left.length; count += 1) tookMs.push(now)
    left = still
    await pause(LOOK_EVERY_MS)
  }
  return tookMs
}
