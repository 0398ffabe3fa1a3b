import { emptyTimeline, foldEntries, type Entry, type Timeline } from '@farhand/shared'
import { nextTick } from 'vue'
import { steadyClock } from '../services/clock.ts'
import { withoutPreviews } from '../services/tailRules.ts'
import { FLUSH_MS, waitToDraw } from './pace.ts'

type FoldedLog = { timeline: Timeline; phase: 'idle' | 'catching-up' | 'live' }

/** Folds what arrives into the logs of their sessions, and keeps what is held of each small. */
export type Folding = {
  /** Takes entries that are held already; they are folded in with the next flush. */
  add(sessionId: string, fresh: readonly Entry[]): void
  /** Takes back what was read after `to`: it comes again, with the deltas that were left out of it. */
  rewind(sessionId: string, to: number): void
  flush(): void
  /** Somebody types: their key is drawn before what streams. */
  giveWay(): void
  /** What waits for the next flush is not wanted any more. */
  forget(sessionId: string): void
}

export function createFolding(logs: ReadonlyMap<string, FoldedLog>, held: Map<string, Entry[]>): Folding {
  const waiting = new Map<string, readonly Entry[]>()
  /** Sessions of which something is taken back: what is shown stays until it is there again. */
  const anew = new Set<string>()
  let timer: ReturnType<typeof setTimeout> | undefined
  /** When the first of what waits came, and when somebody typed last. */
  let cameAt = 0
  let keyAt = Number.NEGATIVE_INFINITY
  /** How long it took to fold and lay out what came last. */
  let tookMs = 0

  function wait(sessionId: string, fresh: readonly Entry[]): void {
    waiting.set(sessionId, fresh)
    if (timer !== undefined) return
    cameAt = steadyClock.now()
    flushInTime()
  }

  function flushInTime(): void {
    const left = waitToDraw(steadyClock.now(), cameAt, keyAt, tookMs)
    if (left > 0) timer = setTimeout(flushInTime, left)
    else flush()
  }

  function flush(): void {
    clearTimeout(timer)
    timer = undefined
    if (waiting.size === 0) return
    const began = steadyClock.now()
    void nextTick(() => (tookMs = steadyClock.now() - began))
    for (const [sessionId, fresh] of [...waiting]) {
      const log = logs.get(sessionId)
      if (log?.phase === 'catching-up' && anew.has(sessionId)) continue
      waiting.delete(sessionId)
      if (log !== undefined) fold(sessionId, log, fresh)
    }
    if (waiting.size > 0) timer = setTimeout(flush, FLUSH_MS)
  }

  function fold(sessionId: string, log: FoldedLog, fresh: readonly Entry[]): void {
    const all = held.get(sessionId) ?? []
    log.timeline = anew.delete(sessionId) ? foldSafely(emptyTimeline(), all) : foldSafely(log.timeline, fresh)
    // A session that streams for hours would hold each piece of each text.
    if (fresh.some(({ final }) => final === true)) held.set(sessionId, withoutPreviews(all))
  }

  return {
    add: (sessionId, fresh) => wait(sessionId, [...(waiting.get(sessionId) ?? []), ...fresh]),
    rewind: (sessionId, to) => {
      const kept = held.get(sessionId)?.filter(({ seq }) => seq <= to)
      if (kept === undefined) return
      held.set(sessionId, kept)
      anew.add(sessionId)
      wait(sessionId, [])
    },
    flush,
    giveWay: () => void (keyAt = steadyClock.now()),
    forget: (sessionId) => {
      waiting.delete(sessionId)
      anew.delete(sessionId)
    },
  }
}

/** One entry that can't be folded never takes the others along: then they are folded one by one without it. */
export function foldSafely(timeline: Timeline, fresh: readonly Entry[]): Timeline {
  try {
    return foldEntries(timeline, fresh)
  } catch (error) {
    console.error('Entries could not be shown together; leaving out the one that fails.', error)
    return fresh.reduce(foldOneSafely, timeline)
  }
}

function foldOneSafely(timeline: Timeline, entry: Entry): Timeline {
  try {
    return foldEntries(timeline, [entry])
  } catch {
    // Shown as unknown: its own body may be what breaks, so it is given as text of a kind that nobody parses.
    return foldEntries(timeline, [{ ...entry, kind: `unreadable_${entry.kind}`.slice(0, 64) }])
  }
}
