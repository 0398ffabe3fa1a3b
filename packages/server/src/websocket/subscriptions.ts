import { FarhandError, type Quality } from '@farhand/shared'
import type { BrowserSocket } from './sockets.ts'

/** A page of sessions is open in a tab or two, not in hundreds. */
export const MAX_SUBSCRIPTIONS = 500

/** What is remembered of a session while somebody reads it. */
export type Heard = {
  readers: number
  /** The largest seq that is known, from a page or from what was published. */
  head: number
  /** The newest entry that was published; 0 before the first one. */
  published: number
  /** The newest entry published to readers of final detail; what came after it are deltas. */
  finalHead: number
}

/** Who reads which session in which quality, as they asked for it. Memory only: whoever reconnects subscribes again. */
export type Subscriptions<Reader = BrowserSocket> = {
  /** Answers the quality that was subscribed before, if any. Throws RATE_LIMITED where there is no room. */
  add(socket: Reader, sessionId: string, quality: Quality): Quality | undefined
  /** It sent a command there and did not ask to read: the session gives way when there is no room for another one. */
  follow(socket: Reader, sessionId: string): void
  /** The session that has to give way before one more is added; `none` where nothing has to, `full` where nothing can. */
  givingWay(socket: Reader, sessionId: string): { sessionId: string } | 'none' | 'full'
  remove(socket: Reader, sessionId: string): void
  removeAll(socket: Reader): void
  of(socket: Reader): ReadonlyMap<string, Quality>
  /** Whether it has subscribed to anything before, also where it reads nothing any more. */
  knows(socket: Reader): boolean
  sockets(): Iterable<Reader>
  heard(sessionId: string): Heard | undefined
  /** The sessions that anybody reads. */
  sessions(): Iterable<string>
  update(sessionId: string, part: Partial<Omit<Heard, 'readers'>>): void
}

const NONE: ReadonlyMap<string, Quality> = new Map()

export function createSubscriptions<Reader = BrowserSocket>(): Subscriptions<Reader> {
  const bySocket = new Map<Reader, Map<string, Quality>>()
  const bySession = new Map<string, Heard>()
  /** Sessions that were only followed, the longest one first. */
  const followed = new Map<Reader, Set<string>>()

  function count(sessionId: string, difference: number): void {
    const known = bySession.get(sessionId) ?? { readers: 0, head: 0, published: 0, finalHead: 0 }
    const readers = known.readers + difference
    if (readers > 0) bySession.set(sessionId, { ...known, readers })
    else bySession.delete(sessionId)
  }

  function remove(socket: Reader, sessionId: string): void {
    if (bySocket.get(socket)?.delete(sessionId) === true) count(sessionId, -1)
    followed.get(socket)?.delete(sessionId)
  }

  function givingWay(socket: Reader, sessionId: string): { sessionId: string } | 'none' | 'full' {
    const mine = bySocket.get(socket) ?? NONE
    if (mine.has(sessionId) || mine.size < MAX_SUBSCRIPTIONS) return 'none'
    const [oldest] = followed.get(socket) ?? []
    return oldest === undefined ? 'full' : { sessionId: oldest }
  }

  return {
    add: (socket, sessionId, quality) => {
      const mine = bySocket.get(socket) ?? new Map<string, Quality>()
      const before = mine.get(sessionId)
      if (before === undefined) {
        if (mine.size >= MAX_SUBSCRIPTIONS)
          throw new FarhandError('RATE_LIMITED', 'Too many sessions are subscribed to.')
        count(sessionId, +1)
      }
      mine.set(sessionId, quality)
      bySocket.set(socket, mine)
      followed.get(socket)?.delete(sessionId)
      return before
    },
    follow: (socket, sessionId) => {
      followed.set(socket, (followed.get(socket) ?? new Set()).add(sessionId))
    },
    givingWay,
    remove,
    removeAll: (socket) => {
      for (const sessionId of [...(bySocket.get(socket)?.keys() ?? [])]) remove(socket, sessionId)
      bySocket.delete(socket)
      followed.delete(socket)
    },
    of: (socket) => bySocket.get(socket) ?? NONE,
    knows: (socket) => bySocket.has(socket),
    sockets: () => bySocket.keys(),
    heard: (sessionId) => bySession.get(sessionId),
    sessions: () => bySession.keys(),
    update: (sessionId, part) => {
      const known = bySession.get(sessionId)
      if (known !== undefined) bySession.set(sessionId, { ...known, ...part })
    },
  }
}
