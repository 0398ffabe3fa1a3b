import type { Finding } from '../figures.ts'
import { openCrowd } from '../parts/crowd.ts'
import { giveWork, headOf, openObserver, openSession, pause, until } from '../parts/observer.ts'
import { startPart } from '../parts/process.ts'
import { withRelay, type Relay } from '../parts/relay.ts'
import { MIB, residentBytes, watchMemory } from '../parts/resources.ts'
import { quantile } from '../stats.ts'

const CHUNK_BYTES = 32 * 1024
const OTHERS = { sessions: 5, chunksPerSecond: 20, observers: 1 }
const SETTLE_MS = 500
const LOOK_EVERY_MS = 100

/**
 * What a relay needs once it works at all is not the frozen reader's: it reads the first `warmUpBytes`, as everybody does.
 */
export type FrozenLoad = { bytes: number; warmUpBytes: number; bytesPerSecond: number }

/** [SUB7] A reader freezes while a session says a lot: the relay must not keep it for that reader. */
export async function frozenReader(load: FrozenLoad): Promise<Finding> {
  return await withRelay((relay) => measure(relay, load))
}

async function measure(relay: Relay, { bytes, warmUpBytes, bytesPerSecond }: FrozenLoad): Promise<Finding> {
  const loud = await relay.openAgent()
  const quiet = await relay.openAgent()
  const sender = await openObserver(relay)
  const sessionId = await openSession(sender, loud)
  const crowd = await openCrowd(relay, quiet, { ...OTHERS, seconds: Math.ceil(bytes / bytesPerSecond) + 2 })
  const say = async (size: number): Promise<void> => {
    const chunks = Math.ceil(size / CHUNK_BYTES)
    const head = (await headOf(sender, sessionId)) + 1 + chunks // with the command itself
    const work = { chunkBytes: CHUNK_BYTES, chunksPerSecond: bytesPerSecond / CHUNK_BYTES, chunks, startAfterMs: 0 }
    await giveWork(sender, loud, sessionId, work)
    while ((await headOf(sender, sessionId)) < head) await pause(LOOK_EVERY_MS)
  }

  const reader = await startPart('load/frozenClient.ts', [relay.url, sessionId], { OWNER_TOKEN: relay.ownerToken })
  try {
    await say(warmUpBytes)
    await pause(SETTLE_MS)
    reader.signal('SIGSTOP')
    const before = residentBytes(relay.pid())
    const memory = watchMemory(relay.pid())
    await crowd.begin()
    const started = performance.now()
    await say(bytes)
    const tookMs = performance.now() - started
    await until(() => crowd.ages.length >= crowd.expected, 'the others did not get everything')
    const grewBytes = memory.stop() - before
    return {
      title: `frozen reader: ${(bytes / MIB).toFixed(0)} MiB through its session`,
      figures: [
        { name: 'relay memory, growth at most', value: grewBytes / MIB, unit: 'MiB', goal: { atMost: 64 } },
        { name: 'other sessions, p99', value: quantile(crowd.ages, 0.99), unit: 'ms', goal: { atMost: 250 } },
        { name: 'other sessions, p50', value: quantile(crowd.ages, 0.5), unit: 'ms' },
        { name: 'output', value: bytes / MIB / (tookMs / 1000), unit: 'MiB/s' },
        { name: 'relay memory before', value: before / MIB, unit: 'MiB' },
      ],
    }
  } finally {
    reader.signal('SIGKILL')
    await reader.ended
    crowd.close()
    sender.close()
  }
}
