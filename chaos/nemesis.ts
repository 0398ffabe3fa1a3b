import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../packages/shared/src/testing/random.ts'
import type { History } from './history.ts'
import type { Direction } from './proxy.ts'
import type { Tiers } from './tiers.ts'

/** One thing that goes wrong, after a pause. */
export type Fault = { afterMs: number } & (
  | { type: 'kill'; tier: 'relay' | 'agent' | 'both'; downMs: number }
  | { type: 'pause'; tier: 'relay' | 'agent'; ms: number }
  | { type: 'cut'; hop: Hop; how: 'rst' | 'fin' }
  | { type: 'halfOpen'; hop: Hop }
  | { type: 'truncate'; hop: Hop; direction: Direction; bytes: number }
  | { type: 'duplicate'; hop: Hop }
  | { type: 'delay'; hop: Hop; delayMs: number; ms: number }
  | { type: 'throttle'; hop: Hop; bytesPerSecond: number; ms: number }
)
type Hop = 'browser' | 'agent'

const MIN_PAUSE_MS = 300
const MAX_PAUSE_MS = 4_000
const MAX_DOWN_MS = 1_500
/** Longer than a ping's timeout now and then, so that the other end gives up on a process that comes back. */
const MAX_STOPPED_MS = 20_000
const MAX_WEATHER_MS = 4_000
const MAX_DELAY_MS = 1_500
const MAX_TRUNCATE_BYTES = 2_000

/** What goes wrong in a run, decided by the seed alone. Pure. */
export function planFaults(random: Random, durationMs: number): Fault[] {
  const faults: Fault[] = []
  for (let at = 0; at < durationMs;) {
    const fault = nextFault(random)
    at += fault.afterMs + ('downMs' in fault ? fault.downMs : 'ms' in fault ? fault.ms : 0)
    faults.push(fault)
  }
  return faults
}

const CHOICES = [
  ...(['kill', 'kill', 'kill', 'kill'] as const),
  ...(['cut', 'cut', 'cut', 'cut'] as const),
  ...(['truncate', 'truncate', 'duplicate', 'halfOpen', 'halfOpen'] as const),
  ...(['pause', 'delay', 'throttle'] as const),
]

function nextFault(random: Random): Fault {
  const afterMs = MIN_PAUSE_MS + random.int(MAX_PAUSE_MS - MIN_PAUSE_MS)
  const hop = random.pick(['browser', 'agent'] as const)
  const type = random.pick(CHOICES)
  switch (type) {
    case 'kill':
      return {
        afterMs,
        type,
        tier: random.pick(['relay', 'relay', 'agent', 'agent', 'both']),
        downMs: random.int(MAX_DOWN_MS),
      }
    case 'pause': {
      const long = random.chance(0.2)
      return { afterMs, type, tier: random.pick(['relay', 'agent']), ms: long ? MAX_STOPPED_MS : random.int(3_000) }
    }
    case 'cut':
      return { afterMs, type, hop, how: random.pick(['rst', 'fin']) }
    case 'halfOpen':
    case 'duplicate':
      return { afterMs, type, hop }
    case 'truncate':
      return { afterMs, type, hop, direction: random.pick(['up', 'down']), bytes: 1 + random.int(MAX_TRUNCATE_BYTES) }
    case 'delay':
      return { afterMs, type, hop, delayMs: random.int(MAX_DELAY_MS), ms: random.int(MAX_WEATHER_MS) }
    case 'throttle':
      return { afterMs, type, hop, bytesPerSecond: 1_000 + random.int(50_000), ms: random.int(MAX_WEATHER_MS) }
    default:
      return type satisfies never
  }
}

export type FaultCounts = Record<Fault['type'], number>

/** Does one fault after the other until they are done or `deadline` (of `performance.now`) has come. */
export async function inflict(
  faults: readonly Fault[],
  { tiers, history, deadline }: { tiers: Tiers; history: History; deadline: number },
): Promise<FaultCounts> {
  const counts: FaultCounts = {
    kill: 0,
    pause: 0,
    cut: 0,
    halfOpen: 0,
    truncate: 0,
    duplicate: 0,
    delay: 0,
    throttle: 0,
  }
  for (const fault of faults) {
    await sleep(fault.afterMs)
    if (performance.now() > deadline) break
    history.write({ ev: 'fault', what: JSON.stringify(fault) })
    counts[fault.type] += fault.type === 'kill' && fault.tier === 'both' ? 2 : 1
    await inflictOne(fault, tiers)
  }
  return counts
}

async function inflictOne(fault: Fault, tiers: Tiers): Promise<void> {
  switch (fault.type) {
    case 'kill': {
      const victims = fault.tier === 'both' ? [tiers.relay, tiers.agent] : [tiers[fault.tier]]
      await Promise.all(victims.map((victim) => victim.kill()))
      await sleep(fault.downMs)
      await Promise.all(victims.map((victim) => victim.start()))
      break
    }
    case 'pause':
      tiers[fault.tier].signal('SIGSTOP')
      await sleep(fault.ms)
      tiers[fault.tier].signal('SIGCONT')
      break
    case 'cut':
      tiers.hops[fault.hop].cut(fault.how)
      break
    case 'halfOpen':
      tiers.hops[fault.hop].halfOpen()
      break
    case 'truncate':
      tiers.hops[fault.hop].truncate(fault.direction, fault.bytes)
      break
    case 'duplicate':
      tiers.hops[fault.hop].duplicateOpenings()
      break
    case 'delay':
      tiers.hops[fault.hop].delay(fault.delayMs)
      await sleep(fault.ms)
      tiers.hops[fault.hop].delay(0)
      break
    case 'throttle':
      tiers.hops[fault.hop].throttle(fault.bytesPerSecond)
      await sleep(fault.ms)
      tiers.hops[fault.hop].throttle(0)
      break
    default:
      fault satisfies never
  }
}
