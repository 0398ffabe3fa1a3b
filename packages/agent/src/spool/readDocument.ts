import type { z } from 'zod'

/** Told of a document that could not be read: whose it was, and what it was about. */
export type Unreadable = (what: string, id: string) => void

/**
 * A JSON document that stands in a row. Damage inside a row is not SQLite's to notice, and an older agent may have written
 * what this one does not know: one document that can't be read must not keep the agent from its work.
 */
export function readDocument<S extends z.ZodType>(schema: S, text: string): z.infer<S> | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}
