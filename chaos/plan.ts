import type { Random } from '../packages/shared/src/testing/random.ts'
import type { DiskFault } from './disk.ts'
import type { Direction } from './proxy.ts'

/** One thing that goes wrong, after a pause. */
export type Fault = { afterMs: number } & (
  | { type: 'kill'; tier: 'relay' | 'agent' | 'both'; downMs: number }
  | { type: 'pause'; tier: TierName; ms: number }
  | { type: 'cut'; hop: Hop; how: 'rst' | 'fin' }
  | { type: 'halfOpen'; hop: Hop }
  | { type: 'truncate'; hop: Hop; direction: Direction; bytes: number }
  | { type: 'duplicate'; hop: Hop }
  | { type: 'delay'; hop: Hop; delayMs: number; ms: number }
  | { type: 'throttle'; hop: Hop; bytesPerSecond: number; ms: number }
  /** Packets are lost: what follows a lost one waits until it was sent again. */
  | { type: 'loss'; hop: Hop; percent: number; ms: number }
  /** `thenKill`: the process dies while its disk fails. */
  | { type: 'disk'; tier: TierName; fault: DiskFault; ms: number; thenKill: boolean }
  | { type: 'clock'; tier: TierName; jumpMs: number }
  /** The lid is closed: the agent stands still, and when it goes on hours have passed. */
  | { type: 'sleep'; jumpMs: number; ms: number }
  /** Somebody signs in, reads for a while, and is signed out. */
  | { type: 'revoke'; ms: number }
  /** Several relays: what they tell each other through dies and comes back empty, or stands still. */
  | { type: 'redis'; how: 'kill' | 'pause'; ms: number }
  /** Several relays: one alone gets through to what they share no more, and hears so or nothing; or its connections are half open. */
  | { type: 'apart'; from: 'database' | 'redis'; how: 'refused' | 'silent' | 'halfOpen'; ms: number }
  /** Several relays: each in turn is stopped and started, and the next one when it is there again. */
  | { type: 'rolling' }
)
export type TierName = 'relay' | 'agent'
type Hop = 'browser' | 'agent'

const MIN_PAUSE_MS = 300
const MAX_PAUSE_MS = 4_000
const MAX_DOWN_MS = 1_500
/** Longer than a ping's timeout now and then, so that the other end gives up on a process that comes back. */
const MAX_STOPPED_MS = 20_000
const MAX_WEATHER_MS = 4_000
const MAX_DELAY_MS = 1_500
const MAX_TRUNCATE_BYTES = 2_000
const MAX_LOSS_PERCENT = 10
const MAX_DISK_MS = 4_000
const MAX_SLOW_SYNC_MS = 400
const HOUR_MS = 3_600_000
const JUMPS_MS = [-24 * HOUR_MS, -3 * HOUR_MS, -60_000, 60_000, HOUR_MS, 3 * HOUR_MS, 24 * HOUR_MS]
const NAP_MS = 3 * HOUR_MS
const MAX_GUEST_MS = 4_000
const MAX_REDIS_MS = 8_000
/** Longer than a relay waits for a silent one to be there. */
const MAX_APART_MS = 12_000

/** What goes wrong in a run, decided by the seed alone. Pure. @param several whether there are several relays */
export function planFaults(random: Random, durationMs: number, several = false): Fault[] {
  const faults: Fault[] = []
  for (let at = 0; at < durationMs;) {
    const fault = nextFault(random, several ? ALL_CHOICES : CHOICES_FOR_ONE)
    at += fault.afterMs + ('downMs' in fault ? fault.downMs : 'ms' in fault ? fault.ms : 0)
    faults.push(fault)
  }
  return faults
}

/** How often each is chosen. */
const WEIGHTS = {
  kill: 4,
  cut: 4,
  truncate: 2,
  duplicate: 1,
  halfOpen: 2,
  pause: 1,
  delay: 1,
  throttle: 1,
  loss: 1,
  disk: 4,
  clock: 2,
  sleep: 1,
  revoke: 1,
  redis: 4,
  rolling: 2,
  apart: 8,
} as const satisfies Record<Fault['type'], number>

const ALL_CHOICES = (Object.keys(WEIGHTS) as Fault['type'][]).flatMap((type) =>
  Array.from({ length: WEIGHTS[type] }, () => type),
)
const OF_SEVERAL: readonly Fault['type'][] = ['redis', 'rolling', 'apart']
const CHOICES_FOR_ONE = ALL_CHOICES.filter((type) => !OF_SEVERAL.includes(type))

function nextFault(random: Random, choices: readonly Fault['type'][]): Fault {
  const afterMs = MIN_PAUSE_MS + random.int(MAX_PAUSE_MS - MIN_PAUSE_MS)
  const hop = random.pick(['browser', 'agent'] as const)
  const tier = random.pick(['relay', 'agent'] as const)
  const type = random.pick(choices)
  switch (type) {
    case 'kill':
      return { afterMs, type, tier: random.chance(0.2) ? 'both' : tier, downMs: random.int(MAX_DOWN_MS) }
    case 'pause': {
      const long = random.chance(0.2)
      return { afterMs, type, tier, ms: long ? MAX_STOPPED_MS : random.int(3_000) }
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
    case 'loss':
      return { afterMs, type, hop, percent: 1 + random.int(MAX_LOSS_PERCENT), ms: random.int(MAX_WEATHER_MS) }
    case 'disk':
      return {
        afterMs,
        type,
        tier,
        fault: diskFault(random),
        ms: random.int(MAX_DISK_MS),
        thenKill: random.chance(0.25),
      }
    case 'clock':
      return { afterMs, type, tier, jumpMs: random.pick(JUMPS_MS) }
    case 'sleep':
      return { afterMs, type, jumpMs: NAP_MS, ms: random.int(3_000) }
    case 'revoke':
      return { afterMs, type, ms: random.int(MAX_GUEST_MS) }
    case 'redis':
      return { afterMs, type, how: random.pick(['kill', 'pause']), ms: random.int(MAX_REDIS_MS) }
    case 'rolling':
      return { afterMs, type }
    case 'apart': {
      const [from, how] = [
        random.pick(['database', 'redis'] as const),
        random.pick(['refused', 'silent', 'halfOpen'] as const),
      ]
      return { afterMs, type, from, how, ms: how === 'halfOpen' ? 0 : random.int(MAX_APART_MS) }
    }
    default:
      return type satisfies never
  }
}

function diskFault(random: Random): DiskFault {
  if (random.chance(0.25)) return { how: 'slow', delayMs: 1 + random.int(MAX_SLOW_SYNC_MS) }
  return {
    how: 'error',
    error: random.pick(['EIO', 'ENOSPC'] as const),
    calls: random.pick(['sync', 'write'] as const),
    every: 1 + random.int(3),
  }
}
