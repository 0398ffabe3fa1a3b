import type { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import type { Commits } from './commits.ts'
import { readDocument } from './readDocument.ts'

/** A call of a tool as the policy saw it, kept so that another policy can be tried on it. */
const toolCallSchema = z.object({
  at: z.int(),
  tool: z.string(),
  input: z.record(z.string(), z.unknown()),
  cwd: z.string(),
  root: z.string(),
  /** Left out: the same as `root`. */
  project: z.string().optional(),
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
/** Of a longer one the texts are cut: what a file is to hold says nothing that a rule looks at, its path does. */
const MAX_CALL_LENGTH = 16 * 1024
const MAX_TEXT_LENGTH = 1_024

export function openToolCallStore(db: DatabaseSync, commits: Commits): ToolCallStore {
  const add = db.prepare('INSERT INTO tool_calls (body) VALUES (?)')
  const trim = db.prepare('DELETE FROM tool_calls WHERE id <= (SELECT max(id) FROM tool_calls) - ?')
  return {
    record(call) {
      const whole = JSON.stringify(call)
      const body = whole.length > MAX_CALL_LENGTH ? JSON.stringify({ ...call, input: shortened(call.input) }) : whole
      if (body.length > MAX_CALL_LENGTH) return
      commits.writeLater(() => {
        add.run(body)
        trim.run(KEPT_CALLS)
      })
    },
    list: () => listToolCalls(db),
  }
}

function shortened(input: ToolCallRecord['input']): ToolCallRecord['input'] {
  const texts = Object.entries(input).filter(([, value]) => typeof value === 'string')
  return Object.fromEntries(texts.map(([name, value]) => [name, String(value).slice(0, MAX_TEXT_LENGTH)]))
}

/** Also of a database that another process works on. */
export function listToolCalls(db: DatabaseSync): ToolCallRecord[] {
  return z
    .array(z.object({ body: z.string() }))
    .parse(db.prepare('SELECT body FROM tool_calls ORDER BY id').all())
    .flatMap(({ body }) => readDocument(toolCallSchema, body) ?? [])
}
