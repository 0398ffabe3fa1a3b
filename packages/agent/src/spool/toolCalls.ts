import type { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import type { Commits } from './commits.ts'

/** A call of a tool as the policy saw it, kept so that another policy can be tried on it. */
const toolCallSchema = z.object({
  at: z.int(),
  tool: z.string(),
  input: z.record(z.string(), z.unknown()),
  cwd: z.string(),
  root: z.string(),
  /** What the policy said then; '' where it said nothing. */
  verdict: z.string(),
})
export type ToolCallRecord = z.infer<typeof toolCallSchema>

export type ToolCallStore = {
  /** Not at once: losing the newest in a crash does no harm. */
  record(call: ToolCallRecord): void
  /** Oldest first. */
  list(): ToolCallRecord[]
}

const KEPT_CALLS = 1_000
/** What is longer says nothing that a rule looks at. */
const MAX_CALL_LENGTH = 16 * 1024

export function openToolCallStore(db: DatabaseSync, commits: Commits): ToolCallStore {
  const add = db.prepare('INSERT INTO tool_calls (body) VALUES (?)')
  const trim = db.prepare('DELETE FROM tool_calls WHERE id <= (SELECT max(id) FROM tool_calls) - ?')
  return {
    record(call) {
      const body = JSON.stringify(call)
      if (body.length > MAX_CALL_LENGTH) return
      commits.writeLater(() => {
        add.run(body)
        trim.run(KEPT_CALLS)
      })
    },
    list: () => listToolCalls(db),
  }
}

/** Also of a database that another process works on. */
export function listToolCalls(db: DatabaseSync): ToolCallRecord[] {
  return z
    .array(z.object({ body: z.string() }))
    .parse(db.prepare('SELECT body FROM tool_calls ORDER BY id').all())
    .map(({ body }) => toolCallSchema.parse(JSON.parse(body)))
}
