import type { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import type { Commits } from './commits.ts'

/** What else is to be remembered of a session; each fact belongs to one feature, and most sessions have none. */
const sessionFactsSchema = z.object({
  /** Where the conversation is held. */
  directory: z.string().optional(),
  /** The conversation of Claude Code whose history stands in the log: it is told once. */
  importedFrom: z.string().optional(),
  /** Its own git worktree, and the project that it is of. */
  worktree: z.object({ path: z.string(), branch: z.string(), root: z.string() }).optional(),
  /** What the session has used of its budget. */
  spent: z.object({ costUsd: z.number(), turns: z.number(), ms: z.number(), raised: z.number() }).optional(),
  /** What a project has used today; kept under the project's id. */
  spentToday: z.object({ day: z.string(), costUsd: z.number(), raised: z.number() }).optional(),
  /** After a rewind the conversation goes on behind this message of its record, until it has. */
  resumeAt: z.string().optional(),
})
export type SessionFacts = z.infer<typeof sessionFactsSchema>

export type SessionFactsStore = {
  get(sessionId: string): SessionFacts
  /** Takes effect on the disk with the next commit; `undefined` removes a fact. */
  set(sessionId: string, change: { [K in keyof SessionFacts]: SessionFacts[K] | undefined }): void
  forget(sessionId: string): void
  /** The session that goes on with this conversation of Claude Code. */
  sessionOf(claudeSessionId: string): string | undefined
}

/** A table of its own beside the schema: an older agent does not miss it, and none of its rows is needed to run a session. */
export function openSessionFacts(db: DatabaseSync, commits: Commits): SessionFactsStore {
  db.exec(
    'CREATE TABLE IF NOT EXISTS session_facts (session_id TEXT PRIMARY KEY, facts TEXT NOT NULL) STRICT, WITHOUT ROWID',
  )
  const read = db.prepare('SELECT facts FROM session_facts WHERE session_id = ?')
  const write = db.prepare('INSERT OR REPLACE INTO session_facts (session_id, facts) VALUES (?, ?)')
  const remove = db.prepare('DELETE FROM session_facts WHERE session_id = ?')
  const find = db.prepare('SELECT session_id FROM sessions WHERE claude_session_id = ?')
  /** What was set may not be committed yet. */
  const cache = new Map<string, SessionFacts>()

  function get(sessionId: string): SessionFacts {
    const known = cache.get(sessionId)
    if (known !== undefined) return known
    const row = rowSchema.optional().parse(read.get(sessionId))
    return row === undefined ? {} : sessionFactsSchema.parse(JSON.parse(row.facts))
  }

  return {
    get,
    set(sessionId, change) {
      const given = Object.entries({ ...get(sessionId), ...change }).filter(([, value]) => value !== undefined)
      const facts = sessionFactsSchema.parse(Object.fromEntries(given))
      cache.set(sessionId, facts)
      commits.write(() => {
        write.run(sessionId, JSON.stringify(facts))
      })
    },
    forget(sessionId) {
      cache.set(sessionId, {})
      commits.write(() => {
        remove.run(sessionId)
      })
    },
    sessionOf(claudeSessionId) {
      const found = find.get(claudeSessionId)?.['session_id']
      return typeof found === 'string' ? found : undefined
    },
  }
}

const rowSchema = z.object({ facts: z.string() })
