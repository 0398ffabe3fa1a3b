import { attachedFileSchema, claudeCodeOptionsSchema } from '@farhand/shared'
import { z } from 'zod'
import type { Database } from './database.ts'

/** A command that was typed here and is not acknowledged yet. */
export const keptCommandSchema = z.object({
  commandId: z.string(),
  sessionId: z.string(),
  projectId: z.string(),
  /** Who typed it: whoever signs in here next must not send it. */
  personId: z.string().optional(),
  text: z.string(),
  /** What goes with it: files, or how its session begins. */
  options: claudeCodeOptionsSchema.optional(),
  workingDirectory: z.string().optional(),
  /** What is shown of the files whose ids stand in `options`. */
  files: z.array(attachedFileSchema).optional(),
  at: z.number(),
  /** When a person said that it is to be sent although it had grown old. */
  confirmedAt: z.number().optional(),
  /** Set when it is not sent by itself any more. */
  failure: z.object({ code: z.string(), message: z.string() }).optional(),
})
export type KeptCommand = z.infer<typeof keptCommandSchema>

/** What `put` has resolved survives closing and killing the browser, where the device keeps anything. */
export type OutboxStorage = {
  /** Oldest first. */
  load(): Promise<KeptCommand[]>
  put(command: KeptCommand): Promise<void>
  remove(commandId: string): Promise<void>
}

export function outboxStorageOf(database: Database): OutboxStorage {
  return {
    async load() {
      const rows = await database.getAll('commands')
      return rows.flatMap((row) => keptCommandSchema.safeParse(row).data ?? []).toSorted(byAge)
    },
    async put(command) {
      const transaction = database.transaction('commands', 'readwrite', { durability: 'strict' })
      const put = transaction.store.put(command, command.commandId)
      transaction.commit() // said now, it holds although the page is gone in a moment
      await Promise.all([put, transaction.done])
    },
    async remove(commandId) {
      await database.delete('commands', commandId)
    },
  }
}

export function memoryStorage(kept: Map<string, KeptCommand> = new Map()): OutboxStorage {
  return {
    load: () => Promise.resolve([...kept.values()].toSorted(byAge)),
    put(command) {
      kept.set(command.commandId, structuredClone(command)) // as a database would
      return Promise.resolve()
    },
    remove(commandId) {
      kept.delete(commandId)
      return Promise.resolve()
    },
  }
}

function byAge(a: KeptCommand, b: KeptCommand): number {
  return a.at - b.at
}
