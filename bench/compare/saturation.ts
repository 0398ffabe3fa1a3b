import { pause } from '../parts/observer.ts'
import { cpuMs } from '../parts/resources.ts'
import { median } from '../stats.ts'
import type { LoadedRelay } from './relays.ts'

/** One relay in one round, as fast as it goes. */
export type Saturated = { cpuUsPerChunk: number; deliveriesPerSecond: number }

/** So many chunks of a session are on their way at once; the next follow when every reader had some. */
const IN_FLIGHT = 32

/** Each relay in turn, forth and back, all of them alive in one run, so that all meet the same noise. */
export async function saturate(
  relays: readonly LoadedRelay[],
  rounds: number,
  roundMs: number,
): Promise<Map<string, Saturated[]>> {
  const found = new Map<string, Saturated[]>(relays.map(({ name }) => [name, []]))
  for (const relay of relays) await drive(relay, roundMs) // compilation, first writes
  for (let round = 0; round < rounds; round += 1) {
    for (const relay of round % 2 === 0 ? relays : relays.toReversed()) {
      found.get(relay.name)?.push(await drive(relay, roundMs))
    }
  }
  return found
}

/** The middle of the ratios of the rounds: what one costs where the other costs 1. */
export function ratio(
  found: ReadonlyMap<string, readonly Saturated[]>,
  one: string,
  other: string,
  pick: (saturated: Saturated) => number,
): number {
  const others = found.get(other) ?? []
  return median((found.get(one) ?? []).map((saturated, round) => pick(saturated) / pick(others[round] ?? saturated)))
}

async function drive({ pids, sessions }: LoadedRelay, roundMs: number): Promise<Saturated> {
  let on = true
  let delivered = 0
  let onTheirWay = 0
  const [first] = sessions
  if (first === undefined) throw new Error('a relay without sessions')
  for (const session of sessions) {
    let came = 0
    let said = 0
    const readers = session.readers
    const sayMore = (): void => {
      // The whole window at once when half of it is back: every relay gets the same bursts.
      const back = said - Math.floor(came / readers)
      if (!on || back > IN_FLIGHT / 2) return
      const more = IN_FLIGHT - back
      said += more
      onTheirWay += more * readers
      session.say(more)
    }
    session.onDelivered((chunks) => {
      came += chunks
      delivered += chunks
      onTheirWay -= chunks
      sayMore()
    })
    sayMore()
  }
  const spent = (): number => pids.reduce((sum, pid) => sum + cpuMs(pid), 0)
  const before = { cpu: spent(), at: performance.now(), delivered }
  await pause(roundMs)
  const seconds = (performance.now() - before.at) / 1000
  const spentMs = spent() - before.cpu
  const deliveries = delivered - before.delivered
  on = false
  for (let waited = 0; onTheirWay > 0 && waited < 5_000; waited += 20) await pause(20)
  return { cpuUsPerChunk: (spentMs * 1000) / (deliveries / first.readers), deliveriesPerSecond: deliveries / seconds }
}
