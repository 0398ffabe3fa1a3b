import type { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import type { Commits } from './commits.ts'

/** What a person allowed in one session for a while. It outlives a restart of the agent, and ends by the clock. */
export type StoredGrant = { sessionId: string; rule: string; by: string; at: number; until: number }

export type GrantStore = {
  add(grant: StoredGrant): void
  /** What holds now. A clock that was set back ends a grant as well: it never lasts longer than it was meant to. */
  active(sessionId: string): StoredGrant[]
}

export function openGrantStore(db: DatabaseSync, commits: Commits, clock: { now(): number }): GrantStore {
  const add = db.prepare('INSERT INTO grants (session_id, rule, author, at, until) VALUES (?, ?, ?, ?, ?)')
  const active = db.prepare('SELECT * FROM grants WHERE session_id = ? AND at <= ? AND until > ? ORDER BY until DESC')
  db.prepare('DELETE FROM grants WHERE until <= ?').run(clock.now())
  return {
    add({ sessionId, rule, by, at, until }) {
      commits.now(() => {
        add.run(sessionId, rule, by, at, until)
      })
    },
    active(sessionId) {
      const now = clock.now()
      return z
        .array(rowSchema)
        .parse(active.all(sessionId, now, now))
        .map(({ session_id, rule, author, at, until }) => ({ sessionId: session_id, rule, by: author, at, until }))
    },
  }
}

const rowSchema = z.object({
  session_id: z.string(),
  rule: z.string(),
  author: z.string(),
  at: z.int(),
  until: z.int(),
})
