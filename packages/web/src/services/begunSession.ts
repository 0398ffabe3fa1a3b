import { z } from 'zod'

/** A session that was begun on this device and may have no message yet: what is typed in it has no other way back. */
const begunSessionSchema = z.object({
  sessionId: z.string(),
  /** How it begins, as its address says it. */
  query: z.record(z.string(), z.string()),
})
export type BegunSession = z.infer<typeof begunSessionSchema>

const KEY = 'farhand:begun:'

/** The last one of a project. Storage that is switched off has none. */
export function readBegun(
  projectId: string,
  storage: Pick<Storage, 'getItem'> = localStorage,
): BegunSession | undefined {
  try {
    return begunSessionSchema.safeParse(JSON.parse(storage.getItem(KEY + projectId) ?? 'null')).data
  } catch {
    return undefined
  }
}

export function writeBegun(
  projectId: string,
  begun: BegunSession,
  storage: Pick<Storage, 'setItem'> = localStorage,
): void {
  try {
    storage.setItem(KEY + projectId, JSON.stringify(begun))
  } catch {
    // costs the way back, nothing else
  }
}
