import type { DatabaseSync } from 'node:sqlite'
import { countedSchema } from '@farhand/shared'
import { z } from 'zod'
import type { Commits } from './commits.ts'
import { readDocument, type Unreadable } from './readDocument.ts'

/** How often somebody said that it may go on, by what was used up. */
const raisedSchema = z
  .object({ cost: z.number(), turns: z.number(), time: z.number() })
  .catch({ cost: 0, turns: 0, time: 0 })

/** What else is to be remembered of a session; each fact belongs to one feature, and most sessions have none. */
const sessionFactsSchema = z.object({
  /** The project that it is of. */
  projectId: z.string().optional(),
  /** Where the conversation is held. */
  directory: z.string().optional(),
  /** The conversation of Claude Code whose history stands in the log: it is told once. */
  importedFrom: z.string().optional(),
  /** Its own git worktree, and the project that it is of. */
  worktree: z.object({ path: z.string(), branch: z.string(), root: z.string() }).optional(),
  /** What the session has used of its budget. */
  spent: z
    .object({
      costUsd: z.number(),
      turns: z.number(),
      ms: z.number(),
      counted: countedSchema.optional().catch(undefined),
      raised: raisedSchema,
    })
    .optional(),
  /** After a rewind the conversation goes on behind this message of its record, until it has. */
  resumeAt: z.string().optional(),
})
export type SessionFacts = z.infer<typeof sessionFactsSchema>

/** What is remembered of a project, in the same table, under a key that no session can have. */
const projectFactsSchema = z.object({
  /** What it has used of its budget, by day, the oldest first. */
  days: z
    .array(
      z.object({
        day: z.string(),
        costUsd: z.number(),
        counted: countedSchema.optional().catch(undefined),
        raised: z.number(),
      }),
    )
    .optional(),
})
export type ProjectFacts = z.infer<typeof projectFactsSchema>

export type SessionFactsStore = {
  get(sessionId: string): SessionFacts
  /** Takes effect on the disk with the next commit; `undefined` removes a fact. */
  set(sessionId: string, change: { [K in keyof SessionFacts]: SessionFacts[K] | undefined }): void
  forget(sessionId: string): void
  /** Every session of which something is remembered. */
  all(): { sessionId: string; facts: SessionFacts }[]
  ofProject(projectId: string): ProjectFacts
  setOfProject(projectId: string, facts: ProjectFacts): void
  /** The session that goes on with this conversation of Claude Code. */
  sessionOf(claudeSessionId: string): string | undefined
}

/** A table of its own beside the schema: an older agent does not miss it, and none of its rows is needed to run a session. */
export function openSessionFacts(db: DatabaseSync, commits: Commits, unreadable: Unreadable): SessionFactsStore {
  db.exec(
    'CREATE TABLE IF NOT EXISTS session_facts (session_id TEXT PRIMARY KEY, facts TEXT NOT NULL) STRICT, WITHOUT ROWID',
  )
  const read = db.prepare('SELECT facts FROM session_facts WHERE session_id = ?')
  const write = db.prepare('INSERT OR REPLACE INTO session_facts (session_id, facts) VALUES (?, ?)')
  const remove = db.prepare('DELETE FROM session_facts WHERE session_id = ?')
  const find = db.prepare('SELECT session_id FROM sessions WHERE claude_session_id = ?')
  /** What was set may not be committed yet. */
  const cache = new Map<string, SessionFacts>()
  const projects = new Map<string, ProjectFacts>()

  function stored(key: string): string | undefined {
    return rowSchema.optional().parse(read.get(key))?.facts
  }

  function keep(key: string, facts: SessionFacts | ProjectFacts): void {
    commits.write(() => {
      write.run(key, JSON.stringify(facts))
    })
  }

  function readStored<T extends object>(key: string, schema: z.ZodType<T>, source = stored(key)): T {
    return readFacts(schema, source ?? '{}', (name) => unreadable(name, key))
  }

  function get(sessionId: string): SessionFacts {
    const facts = cache.get(sessionId) ?? readStored(sessionId, sessionFactsSchema)
    cache.set(sessionId, facts)
    return facts
  }

  return {
    get,
    set(sessionId, change) {
      const given = Object.entries({ ...get(sessionId), ...change }).filter(([, value]) => value !== undefined)
      const facts = sessionFactsSchema.parse(Object.fromEntries(given))
      cache.set(sessionId, facts)
      keep(sessionId, facts)
    },
    forget(sessionId) {
      cache.set(sessionId, {})
      commits.write(() => {
        remove.run(sessionId)
      })
    },
    all() {
      const onDisk = listSessionFacts(db).map(({ sessionId, facts }) => [sessionId, facts] as const)
      return [...new Map([...onDisk, ...cache])].map(([sessionId, facts]) => ({ sessionId, facts }))
    },
    ofProject: (projectId) => projects.get(projectId) ?? readStored(`${PROJECT}${projectId}`, projectFactsSchema),
    setOfProject(projectId, facts) {
      projects.set(projectId, facts)
      keep(`${PROJECT}${projectId}`, facts)
    },
    sessionOf(claudeSessionId) {
      const found = find.get(claudeSessionId)?.['session_id']
      return typeof found === 'string' ? found : undefined
    },
  }
}

/** Also of a database that another process works on, and of an older agent's, which has no such table. */
export function listSessionFacts(db: DatabaseSync): { sessionId: string; facts: SessionFacts }[] {
  if (db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'session_facts'").get() === undefined) return []
  return z
    .array(rowSchema.extend({ session_id: z.string() }))
    .parse(db.prepare('SELECT session_id, facts FROM session_facts').all())
    .filter(({ session_id }) => !session_id.startsWith(PROJECT))
    .map(({ session_id, facts }) => ({ sessionId: session_id, facts: readFacts(sessionFactsSchema, facts, () => {}) }))
}

const rowSchema = z.object({ facts: z.string() })
/** No session's id begins like that. */
const PROJECT = 'project:'

/** What can't be read takes no other fact with it: none of them is needed to run a session. */
function readFacts<T extends object>(schema: z.ZodType<T>, source: string, lost: (name: string) => void): T {
  const stored = readDocument(z.record(z.string(), z.unknown()), source)
  if (stored === undefined) lost('facts')
  const read = schema.safeParse(stored ?? {})
  if (read.success) return read.data
  const names = new Set(read.error.issues.map(({ path: [name] }) => String(name)))
  names.forEach(lost)
  return schema.parse(Object.fromEntries(Object.entries(stored ?? {}).filter(([name]) => !names.has(name))))
}
