import type { Observer } from '@farhand/shared'
import type { Watched } from './messages.ts'

/** Who looks at a session through another relay, and what they do. */
export type People = {
  /** `whole`: these are all sessions that anybody looks at there. */
  heard(relay: string, sessions: readonly Watched[], whole: boolean): void
  gone(relay: string): void
  at(sessionId: string): Observer[]
  /** Everybody, whatever they look at. */
  all(): Observer[]
}

export function createPeople(options: { clock: { now(): number }; onChange(sessionId: string): void }): People {
  const { clock, onChange } = options
  const byRelay = new Map<string, Map<string, Observer[]>>()

  function heard(relay: string, sessions: readonly Watched[], whole: boolean): void {
    const known = byRelay.get(relay) ?? new Map<string, Observer[]>()
    byRelay.set(relay, known)
    const said = new Set(sessions.map(({ sessionId }) => sessionId))
    const over = whole ? [...known.keys()].filter((sessionId) => !said.has(sessionId)) : []
    for (const { sessionId, observers } of [...sessions, ...over.map((sessionId) => ({ sessionId, observers: [] }))]) {
      const before = known.get(sessionId) ?? []
      const after = observers.map(({ sinceMs, ...observer }) => {
        const same = before.find(({ id, state }) => id === observer.id && state === observer.state)
        return { ...observer, since: same?.since ?? clock.now() - sinceMs }
      })
      if (after.length > 0) known.set(sessionId, after)
      else known.delete(sessionId)
      if (JSON.stringify(before) !== JSON.stringify(after)) onChange(sessionId)
    }
  }

  return {
    heard,
    gone: (relay) => {
      heard(relay, [], true)
      byRelay.delete(relay)
    },
    at: (sessionId) => [...byRelay.values()].flatMap((known) => known.get(sessionId) ?? []),
    all: () => [...byRelay.values()].flatMap((known) => [...known.values()].flat()),
  }
}

/** Those who look at a session here, as the other relays are told of them. */
export function sayWatched(sessionId: string, observers: readonly Observer[], now: number): Watched {
  return { sessionId, observers: observers.map(({ since, ...observer }) => ({ ...observer, sinceMs: now - since })) }
}
