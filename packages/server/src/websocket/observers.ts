import type { Author, Observer, Presence, PresenceUpdate } from '@farhand/shared'

/** Typing comes and goes quickly; observers hear at most so often how a session's people stand. */
const ANNOUNCE_EVERY_MS = 200

/** What somebody says of themselves: what they do, and which waiting message they edit. */
type Standing = Pick<Presence, 'state' | 'editing'>

/** Who looks at a session and what they do. Memory only, never in the log: it moves no seq. */
export type Observers = {
  set(sessionId: string, observerId: string, author: Author, standing: Standing): void
  leave(sessionId: string, observerId: string): void
  leaveAll(observerId: string): void
  /** Those who look through other relays changed. */
  changedElsewhere(sessionId: string): void
  /** Everybody who looks through this relay, by session. */
  here(): { sessionId: string; observers: Observer[] }[]
  /** Whether a page with that session, or with any, is in sight of somebody, through whichever relay. */
  inSight(sessionId: string): { session: boolean; any: boolean }
  close(): void
}

export function createObservers(options: {
  clock: { now(): number }
  /** Everybody, to those who look through this relay. */
  announce: (update: PresenceUpdate) => void
  /** Those who look through this relay, to the others. */
  tell?: ((update: PresenceUpdate) => void) | undefined
  /** Those who look through other relays. */
  elsewhere?: ((sessionId: string) => Observer[]) | undefined
  everybodyElsewhere?: (() => Observer[]) | undefined
}): Observers {
  const { clock, announce, tell, elsewhere, everybodyElsewhere } = options
  const bySession = new Map<string, Map<string, Observer>>()
  const pending = new Map<string, NodeJS.Timeout>()

  const of = (sessionId: string): Observer[] => [...(bySession.get(sessionId)?.values() ?? [])]

  function announceAll(sessionId: string): void {
    announce({ sessionId, observers: [...of(sessionId), ...(elsewhere?.(sessionId) ?? [])] })
  }

  function changed(sessionId: string): void {
    if (pending.has(sessionId)) return
    const timer = setTimeout(() => {
      pending.delete(sessionId)
      tell?.({ sessionId, observers: of(sessionId) })
      announceAll(sessionId)
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
    set: (sessionId, observerId, author, { state, editing }) => {
      const session = bySession.get(sessionId) ?? new Map<string, Observer>()
      const before = session.get(observerId)
      const since = before?.state === state ? before.since : clock.now()
      session.set(observerId, { id: observerId, author, state, since, ...(editing === undefined ? {} : { editing }) })
      bySession.set(sessionId, session)
      changed(sessionId)
    },
    leave,
    leaveAll: (observerId) => {
      for (const sessionId of [...bySession.keys()]) leave(sessionId, observerId)
    },
    changedElsewhere: announceAll,
    here: () => [...bySession.keys()].map((sessionId) => ({ sessionId, observers: of(sessionId) })),
    inSight: (sessionId) => {
      const at = [...of(sessionId), ...(elsewhere?.(sessionId) ?? [])]
      const all = [...[...bySession.keys()].flatMap(of), ...(everybodyElsewhere?.() ?? [])]
      return { session: at.some(looks), any: all.some(looks) }
    },
    close: () => {
      for (const timer of pending.values()) clearTimeout(timer)
    },
  }
}

function looks({ state }: Observer): boolean {
  return state !== 'away'
}
