import { openDB, type DBSchema } from 'idb'
import { z } from 'zod'

const DATABASE = 'farhand'
const VERSION = 1

/** A command that was typed here and is not acknowledged yet. */
export const keptCommandSchema = z.object({
  commandId: z.string(),
  sessionId: z.string(),
  projectId: z.string(),
  text: z.string(),
  /** The first command of its session, which gets its title from it. */
  opensSession: z.boolean(),
  at: z.number(),
  /** Set when the relay refused it for good. */
  failure: z.object({ code: z.string(), message: z.string() }).optional(),
})
export type KeptCommand = z.infer<typeof keptCommandSchema>

/** `durable`: what `put` has resolved survives closing the browser. */
export type OutboxStorage = {
  durable: boolean
  /** Oldest first. */
  load(): Promise<KeptCommand[]>
  put(command: KeptCommand): Promise<void>
  remove(commandId: string): Promise<void>
}

type Database = DBSchema & { commands: { key: string; value: unknown } }

/** IndexedDB, or memory where the browser has none (private windows of some). */
export async function openOutboxStorage(): Promise<OutboxStorage> {
  try {
    return await openIndexedDb()
  } catch (error) {
    console.warn('This browser does not keep unsent messages after closing.', error)
    return memoryStorage()
  }
}

async function openIndexedDb(): Promise<OutboxStorage> {
  const database = await openDB<Database>(DATABASE, VERSION, {
    upgrade: (db) => void db.createObjectStore('commands'),
    blocking: (_from, _to, event) => closeTarget(event), // a newer page wants to upgrade: don't stand in its way
  })
  return {
    durable: true,
    async load() {
      const rows = await database.getAll('commands')
      const commands = rows.flatMap((row) => keptCommandSchema.safeParse(row).data ?? [])
      return commands.toSorted((a, b) => a.at - b.at)
    },
    async put(command) {
      const transaction = database.transaction('commands', 'readwrite', { durability: 'strict' })
      await Promise.all([transaction.store.put(command, command.commandId), transaction.done])
    },
    async remove(commandId) {
      await database.delete('commands', commandId)
    },
  }
}

function closeTarget(event: IDBVersionChangeEvent): void {
  if (event.target instanceof IDBDatabase) event.target.close()
}

export function memoryStorage(kept: Map<string, KeptCommand> = new Map(), durable = false): OutboxStorage {
  return {
    durable,
    load: () => Promise.resolve([...kept.values()].toSorted((a, b) => a.at - b.at)),
    put(command) {
      kept.set(command.commandId, command)
      return Promise.resolve()
    },
    remove(commandId) {
      kept.delete(commandId)
      return Promise.resolve()
    },
  }
}
