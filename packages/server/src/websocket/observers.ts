import type { Author, Observer, Presence, PresenceUpdate } from '@farhand/shared'

/** Typing comes and goes quickly; observers hear at most so often how a session's people stand. */
const ANNOUNCE_EVERY_MS = 200

/** Who looks at a session and what they do. Memory only, never in the log: it moves no seq. */
export type Observers = {
  set(sessionId: string, observerId: string, author: Author, state: Presence['state']): void
  leave(sessionId: string, observerId: string): void
  leaveAll(observerId: string): void
  of(sessionId: string): Observer[]
  close(): void
}

export function createObservers(options: {
  clock: { now(): number }
  announce: (update: PresenceUpdate) => void
}): Observers {
  const { clock, announce } = options
  const bySession = new Map<string, Map<string, Observer>>()
  const pending = new Map<string, NodeJS.Timeout>()

  const of = (sessionId: string): Observer[] => [...(bySession.get(sessionId)?.values() ?? [])]

  function changed(sessionId: string): void {
    if (pending.has(sessionId)) return
    const timer = setTimeout(() => {
      pending.delete(sessionId)
      announce({ sessionId, observers: of(sessionId) })
    }, ANNOUNCE_EVERY_MS)
    pending.set(sessionId, timer)
  }

  function leave(sessionId: string, observerId: string): void {
    const session = bySession.get(sessionId)
    if (session?.delete(observerId) !== true) return
    if (session.size === 0) bySession.delete(sessionId)
    changed(sessionId)
  }

  return {
    set: (sessionId, observerId, author, state) => {
      const session = bySession.get(sessionId) ?? new Map<string, Observer>()
      const before = session.get(observerId)
      const since = before?.state === state ? before.since : clock.now()
      session.set(observerId, { id: observerId, author, state, since })
      bySession.set(sessionId, session)
      changed(sessionId)
    },
    leave,
    leaveAll: (observerId) => {
      for (const sessionId of [...bySession.keys()]) leave(sessionId, observerId)
    },
    of,
    close: () => {
      for (const timer of pending.values()) clearTimeout(timer)
    },
  }
}
