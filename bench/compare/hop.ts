import type { Finding } from '../figures.ts'
import { pause } from '../parts/observer.ts'
import { perform, shifted } from '../parts/work.ts'
import { median, quantile } from '../stats.ts'
import { farhandRelay, plainRelay, type LoadedRelay, type LoadedSession } from './relays.ts'

export type HopLoad = { sessions: number; chunksPerSecond: number; seconds: number }

type Hop = { p50: number; p99: number }

const TAIL_MS = 5_000

/**
 * How long a chunk is between its agent's socket and its reader's: the relay alone, with its log and its sync, beside
 * Socket.IO without a log. What the agent's own spool takes is in `latency`.
 */
export async function hop(load: HopLoad, rounds: number): Promise<Finding> {
  const shape = { sessions: load.sessions, readers: 1 }
  const plain = await plainRelay(shape)
  const farhand = await farhandRelay(shape, 1)
  const found = new Map<LoadedRelay, Hop[]>([
    [plain, []],
    [farhand, []],
  ])
  try {
    for (const relay of found.keys()) await measure(relay, load) // compilation, first writes
    for (let round = 0; round < rounds; round += 1) {
      for (const relay of round % 2 === 0 ? [plain, farhand] : [farhand, plain]) {
        found.get(relay)?.push(await measure(relay, load))
      }
    }
  } finally {
    for (const relay of found.keys()) await relay.close()
  }
  const of = (relay: LoadedRelay, pick: (one: Hop) => number): number[] => (found.get(relay) ?? []).map(pick)
  const ratio = (pick: (one: Hop) => number): number => {
    const others = of(plain, pick)
    return median(of(farhand, pick).map((mine, round) => mine / (others[round] ?? mine)))
  }
  const p50 = (one: Hop): number => one.p50
  const p99 = (one: Hop): number => one.p99
  return {
    title: `hop: through the relay, ${load.sessions} sessions × ${load.chunksPerSecond} chunks/s`,
    figures: [
      { name: 'p50, Farhand, its commit included', value: median(of(farhand, p50)), unit: 'ms' },
      { name: 'p50, Socket.IO', value: median(of(plain, p50)), unit: 'ms' },
      { name: 'p50, ratio to Socket.IO', value: ratio(p50), unit: '×', goal: { atMost: 2 } },
      { name: 'p99, Farhand', value: median(of(farhand, p99)), unit: 'ms' },
      { name: 'p99, ratio to Socket.IO', value: ratio(p99), unit: '×' },
    ],
  }
}

async function measure({ sessions }: LoadedRelay, { chunksPerSecond, seconds }: HopLoad): Promise<Hop> {
  const ages: number[] = []
  let expected = 0
  const speak = (session: LoadedSession, index: number): Promise<void> => {
    const said: number[] = []
    session.onDelivered((chunks) => {
      // A session's chunks come in the order in which they were said.
      for (const at of said.splice(0, chunks)) ages.push(performance.now() - at)
    })
    const work = { chunkBytes: 1, chunksPerSecond, chunks: chunksPerSecond * seconds }
    return perform(shifted(work, index, sessions.length), () => {
      said.push(performance.now())
      expected += 1
      session.say(1)
    })
  }
  await Promise.all(sessions.map(speak))
  for (let waited = 0; ages.length < expected && waited < TAIL_MS; waited += 20) await pause(20)
  if (ages.length < expected) throw new Error(`${expected - ages.length} of ${expected} chunks did not come`)
  return { p50: quantile(ages, 0.5), p99: quantile(ages, 0.99) }
}
