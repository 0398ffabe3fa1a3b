/**
 * Notices a run that gives no sign of life, and one that works for too long. Both count time in which this program was
 * awake: after a sleep, or when it was stopped for hours, only the moments count in which it could have heard something.
 */
export type RunWatch = {
  /** Begins, or begins anew. */
  start(): void
  sign(): void
  /** How long it worked since the start, without the time in which a person was asked. */
  workedMs(): number
  stop(): void
}

export type Limits = { idleMs: number; totalMs: number }

export type WatchEvents = {
  /** A person is asked: that takes as long as it takes (REQ4). */
  waiting(): boolean
  half(): void
  idle(): void
  total(): void
  /** Each time that it looks; once a second at most. */
  looked(): void
}

const LOOK_EVERY_MS = 1_000
const SHORTEST_LOOK_MS = 20
const LOOKS_PER_LIMIT = 20

/** @param monotonic milliseconds that never go back */
export function createRunWatch(limits: Limits, monotonic: { now(): number }, events: WatchEvents): RunWatch {
  const lookMs = lookEvery(limits)
  let timer: NodeJS.Timeout | undefined
  let watched = NOTHING_YET
  let last = 0

  function count(): ReturnType<typeof stepWatch>['news'] {
    const now = monotonic.now()
    const elapsedMs = now - last
    last = now
    const step = stepWatch(watched, { elapsedMs, lookMs, waiting: events.waiting() }, limits)
    watched = step.watched
    return step.news
  }

  function look(): void {
    const news = count()
    events.looked()
    if (news !== undefined) events[news]()
  }

  function stop(): void {
    if (timer !== undefined) count()
    clearInterval(timer)
    timer = undefined
  }

  return {
    start() {
      clearInterval(timer)
      watched = NOTHING_YET
      last = monotonic.now()
      timer = setInterval(look, lookMs)
    },
    sign() {
      watched = { ...watched, silentMs: 0, toldHalf: false }
    },
    workedMs() {
      if (timer !== undefined) count()
      return watched.workedMs
    },
    stop,
  }
}

export type Watched = { silentMs: number; workedMs: number; toldHalf: boolean }
export const NOTHING_YET: Watched = { silentMs: 0, workedMs: 0, toldHalf: false }

/** How much of what passed counts: a look that comes much later than it should means that nothing could be heard. Pure. */
export function stepWatch(
  { silentMs, workedMs, toldHalf }: Watched,
  { elapsedMs, lookMs, waiting }: { elapsedMs: number; lookMs: number; waiting: boolean },
  { idleMs, totalMs }: Limits,
): { watched: Watched; news?: 'half' | 'idle' | 'total' } {
  if (waiting) return { watched: { silentMs: 0, workedMs, toldHalf: false } }
  const awakeMs = Math.min(Math.max(0, elapsedMs), 2 * lookMs)
  const watched = { silentMs: silentMs + awakeMs, workedMs: workedMs + awakeMs, toldHalf }
  if (watched.workedMs >= totalMs) return { watched, news: 'total' }
  if (watched.silentMs >= idleMs) return { watched, news: 'idle' }
  if (toldHalf || watched.silentMs < idleMs / 2) return { watched }
  return { watched: { ...watched, toldHalf: true }, news: 'half' }
}

function lookEvery({ idleMs, totalMs }: Limits): number {
  return Math.max(SHORTEST_LOOK_MS, Math.min(LOOK_EVERY_MS, Math.min(idleMs, totalMs) / LOOKS_PER_LIMIT))
}
