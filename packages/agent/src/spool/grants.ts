import type { DatabaseSync } from 'node:sqlite'
import { authorSchema, type Author } from '@farhand/shared'
import { z } from 'zod'
import type { Commits } from './commits.ts'
import { readDocument } from './readDocument.ts'

/**
 * What a person allowed in one session for a while. It outlives a restart of the agent, and ends by the clock, or when
 * somebody takes it back. `grantId` is the id of the request that was decided like that, which every observer knows.
 */
export type StoredGrant = { grantId: string; sessionId: string; rule: string; by: Author; at: number; until: number }

export type GrantStore = {
  /** @throws FarhandError `AGENT_STORAGE`; then nothing is granted */
  add(grant: StoredGrant): void
  /** What holds now. A clock that was set back ends a grant as well: it never lasts longer than it was meant to. */
  active(sessionId: string): StoredGrant[]
  /** Takes effect at once, and on the disk with the next commit. @returns what ended; `undefined` where it had already */
  end(sessionId: string, grantId: string): StoredGrant | undefined
  /** All of a session that is over for good. */
  forget(sessionId: string): void
}

export function openGrantStore(db: DatabaseSync, commits: Commits, clock: { now(): number }): GrantStore {
  const add = db.prepare(
    'INSERT OR REPLACE INTO grants (grant_id, session_id, rule, author, at, until) VALUES (?, ?, ?, ?, ?, ?)',
  )
  const active = db.prepare('SELECT * FROM grants WHERE session_id = ? AND at <= ? AND until > ? ORDER BY until DESC')
  const remove = db.prepare('DELETE FROM grants WHERE grant_id = ?')
  const removeAll = db.prepare('DELETE FROM grants WHERE session_id = ?')
  /** Their rows may still be there. */
  const ended = new Set<string>()
  db.prepare('DELETE FROM grants WHERE until <= ?').run(clock.now())

  function list(sessionId: string): StoredGrant[] {
    const now = clock.now()
    const rows = z.array(rowSchema).parse(active.all(sessionId, now, now))
    return rows.flatMap(readRow).filter(({ grantId }) => !ended.has(grantId))
  }

  function end({ grantId }: StoredGrant): void {
    ended.add(grantId)
    commits.write(() => {
      remove.run(grantId)
    })
  }

  return {
    add({ grantId, sessionId, rule, by, at, until }) {
      commits.now(() => {
        add.run(grantId, sessionId, rule, JSON.stringify(by), at, until)
      })
    },
    active: list,
    end(sessionId, wanted) {
      const grant = list(sessionId).find(({ grantId }) => grantId === wanted)
      if (grant !== undefined) end(grant)
      return grant
    },
    forget(sessionId) {
      list(sessionId).forEach(end)
      // Also what a clock that was set back keeps from being active.
      commits.write(() => {
        removeAll.run(sessionId)
      })
    },
  }
}

const rowSchema = z.object({
  grant_id: z.string(),
  session_id: z.string(),
  rule: z.string(),
  author: z.string(),
  at: z.int(),
  until: z.int(),
})

/** What can't be read allows nothing. */
function readRow({ grant_id, session_id, rule, author, at, until }: z.infer<typeof rowSchema>): StoredGrant[] {
  const by = readDocument(authorSchema, author)
  return by === undefined ? [] : [{ grantId: grant_id, sessionId: session_id, rule, by, at, until }]
}
