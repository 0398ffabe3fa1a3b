import { qualityOf, type Entry, type Quality } from '@farhand/shared'
import { isDelta } from '../../../packages/server/src/websocket/finalDetail.ts'
import { createSubscriptions, type Subscriptions } from '../../../packages/server/src/websocket/subscriptions.ts'
import type { Code } from '../code.ts'
import type { BrowserLink, Detail } from '../links.ts'
import { note, type Truth } from '../truth.ts'
import type { Tables } from './tables.ts'

/** `packages/server/src/websocket/rooms.ts` without Socket.IO: who hears what. */
export type Publishing = {
  subscriptions: Subscriptions<BrowserLink>
  join(link: BrowserLink, sessionId: string, detail?: Detail): void
  leave(link: BrowserLink): void
  noteHead(sessionId: string, head: number): void
  publish(entries: readonly Entry[]): void
  /** SUB7: what a slow reader has not taken is not piled up; it leaves the rooms. */
  setAside(link: BrowserLink): void
  isAside(link: BrowserLink): boolean
  /** It has taken everything, and hears the heads. */
  takeBack(link: BrowserLink): void
  sendHeads(): void
}

export function createPublishing(parts: {
  code: Code
  tables: Tables
  clock: { now(): number }
  truth: Truth
}): Publishing {
  const { code, tables, clock, truth } = parts
  const subscriptions = createSubscriptions<BrowserLink>()
  const rooms = new Map<string, Set<BrowserLink>>()
  const aside = new Set<BrowserLink>()

  const room = (sessionId: string, quality: Quality): Set<BrowserLink> => {
    const name = `${sessionId} ${quality}`
    const known = rooms.get(name) ?? new Set()
    rooms.set(name, known)
    return known
  }
  const leaveRooms = (link: BrowserLink): void => {
    for (const members of rooms.values()) members.delete(link)
  }

  function headsTo(link: BrowserLink): void {
    const mine = subscriptions.of(link)
    if (mine.size === 0 || aside.has(link) || code.slips.has('sends no heads')) return
    const heads = new Map<string, number>()
    for (const [sessionId, quality] of mine) {
      const session = subscriptions.heard(sessionId)
      if (session !== undefined && session.head > 0) {
        heads.set(sessionId, quality === 'records' ? code.finalHead(session) : session.head)
      }
    }
    link.down.push({ type: 'heads', logEpoch: tables.logEpoch, heads })
  }

  function send(sessionId: string, quality: Quality, entries: Entry[]): void {
    if (entries.length === 0) return
    for (const link of room(sessionId, quality)) {
      if (!link.there) continue
      checkRight(truth, link, clock.now())
      link.down.push({ type: 'entries', sessionId, entries })
    }
  }

  return {
    subscriptions,
    join(link, sessionId, detail) {
      if (!link.there) return
      const wanted = detail === undefined ? (subscriptions.of(link).get(sessionId) ?? 'every') : qualityOf({ detail })
      const before = subscriptions.add(link, sessionId, wanted)
      if (before !== undefined && before !== wanted) room(sessionId, before).delete(link)
      room(sessionId, wanted).add(link)
    },
    leave(link) {
      leaveRooms(link)
      subscriptions.removeAll(link)
      aside.delete(link)
    },
    noteHead(sessionId, head) {
      subscriptions.update(sessionId, { head: Math.max(head, subscriptions.heard(sessionId)?.head ?? 0) })
    },
    publish(entries) {
      for (const [sessionId, group] of Map.groupBy(entries, (entry) => entry.sessionId)) {
        for (const entry of group) checkCommitted(truth, tables, entry)
        const session = subscriptions.heard(sessionId)
        if (session === undefined) continue
        const { heard, final } = code.hear(session, group)
        subscriptions.update(sessionId, heard)
        send(sessionId, 'every', group)
        send(sessionId, 'records', final)
      }
    },
    setAside(link) {
      leaveRooms(link)
      aside.add(link)
    },
    isAside: (link) => aside.has(link),
    takeBack(link) {
      if (aside.delete(link)) headsTo(link)
    },
    sendHeads() {
      for (const link of subscriptions.sockets()) headsTo(link)
    },
  }
}

/** A right may outlive its end by as long as the relay may remember it. */
const RIGHT_LINGERS_MS = 1_000

/** I13: who has no right to a session any more is told nothing of it. */
function checkRight(truth: Truth, { endedAt }: BrowserLink, now: number): void {
  if (endedAt !== undefined && now - endedAt >= RIGHT_LINGERS_MS) note(truth, 'I13', 'told after the right to it ended')
}

/** I8: nobody sees an entry that is not on the disk. A preview may have been dropped since. */
function checkCommitted(truth: Truth, tables: Tables, entry: Entry): void {
  const stored = tables.entries.get(entry.sessionId)?.get(entry.seq)?.entry
  const head = tables.sessions.get(entry.sessionId)?.head ?? 0
  const same = stored === undefined ? isDelta(entry) : stored.response === entry.response
  if (entry.seq > head || !same)
    note(truth, 'I8', `seq ${entry.seq} (${entry.kind}) was published and is not committed`)
}
