import { emptyTimeline, type Entry, type FarhandError, type Page, type Timeline } from '@farhand/shared'
import { defineStore } from 'pinia'
import { shallowReactive } from 'vue'
import { createFolding, foldSafely } from './folding.ts'

/** Sessions whose log stays in memory after they were left, so that coming back is immediate. */
const KEPT_SESSIONS = 5

/** What this page holds of one session's log. */
export type SessionLog = {
  sessionId: string
  timeline: Timeline
  /** The log is held from the entry after this one; 0: from its beginning. */
  from: number
  phase: 'idle' | 'catching-up' | 'live'
  /** The relay does not know this session: it is new, deleted, or somebody else's. */
  missing: boolean
  /** Why reading is refused just now. */
  refusal: FarhandError | undefined
  /** Where reading goes on, with the log that the cursor belongs to. */
  resume: { cursor: number; logEpoch: string } | undefined
  /** Its project, as this device kept it; the list of sessions may not hold it. */
  projectId: string | undefined
  /** When the relay was last heard about it, on the relay's clock; undefined: never. */
  readAt: number | undefined
}

export const useTimelineStore = defineStore('timeline', () => {
  const logs = shallowReactive(new Map<string, SessionLog>())
  /** The entries held, because an older page can only be added by folding again from its start. */
  const entries = new Map<string, Entry[]>()
  const folding = createFolding(logs, entries)

  function open(sessionId: string): SessionLog {
    const known = logs.get(sessionId)
    if (known !== undefined) {
      logs.delete(sessionId) // to the end of the order
      logs.set(sessionId, known)
      return known
    }
    const log = emptyLog(sessionId)
    logs.set(sessionId, log)
    entries.set(sessionId, [])
    forgetOldest()
    return log
  }

  /** Takes live entries, each once; they are folded in with the next flush. */
  function append(sessionId: string, more: readonly Entry[]): void {
    const [log, known] = [logs.get(sessionId), entries.get(sessionId)]
    if (log === undefined || known === undefined) return
    const fresh = after(known.at(-1)?.seq ?? log.from, more)
    known.push(...fresh)
    folding.add(sessionId, fresh)
  }

  /** Starts over: what follows begins after `from`. */
  function reset(sessionId: string, from: number): void {
    const log = open(sessionId)
    folding.forget(sessionId)
    entries.set(sessionId, [])
    log.timeline = emptyTimeline()
    log.from = from
  }

  /** The relay no longer gives this session to whoever is signed in: what was read of it goes. */
  function lose(sessionId: string): void {
    const log = logs.get(sessionId)
    if (log === undefined) return
    reset(sessionId, 0)
    log.missing = true
    log.resume = undefined
    log.projectId = undefined
    log.readAt = undefined
  }

  /** The entries held of a session: all after `from`. */
  function held(sessionId: string): readonly Entry[] {
    return entries.get(sessionId) ?? []
  }

  /** Adds an older page in front of what is held. */
  function prepend(sessionId: string, page: Page): void {
    const log = logs.get(sessionId)
    const held = entries.get(sessionId)
    // A reset while the page was under way moved the beginning: then the page does not join what is held.
    if (log === undefined || held === undefined || page.from >= log.from || page.to < log.from) return
    folding.flush()
    const start = log.from
    const whole = [...page.entries.filter((entry) => entry.seq <= start), ...held]
    entries.set(sessionId, whole)
    log.timeline = foldSafely(emptyTimeline(), whole)
    log.from = page.from
  }

  /** Keeps the sessions that were opened last. The Map's order is that of opening. */
  function forgetOldest(): void {
    for (const sessionId of [...logs.keys()].slice(0, -KEPT_SESSIONS)) forget(sessionId)
  }

  function forget(sessionId: string): void {
    logs.delete(sessionId)
    entries.delete(sessionId)
    folding.forget(sessionId)
  }

  function clear(): void {
    for (const sessionId of [...logs.keys()]) forget(sessionId)
  }

  const { flush, giveWay, rewind } = folding
  return { logs, open, append, flush, giveWay, reset, rewind, lose, held, prepend, clear }
})

function after(last: number, entries: readonly Entry[]): Entry[] {
  return entries.filter(({ seq }) => seq > last)
}

function emptyLog(sessionId: string): SessionLog {
  return shallowReactive<SessionLog>({
    sessionId,
    timeline: emptyTimeline(),
    from: 0,
    phase: 'idle',
    missing: false,
    refusal: undefined,
    resume: undefined,
    projectId: undefined,
    readAt: undefined,
  })
}
