import { openDB, type DBSchema, type IDBPDatabase } from 'idb'

const NAME = 'farhand'
/** 2: leases, tails, lists and drafts beside the commands. */
const VERSION = 2
/** A database that another tab blocks may never open. */
const OPEN_TIMEOUT_MS = 3_000

/** What is read back was written by some version of this page, so each part checks its own rows. */
type Schema = DBSchema & {
  commands: { key: string; value: unknown }
  leases: { key: string; value: unknown }
  /** What is known of a kept tail, apart from its entries, so that choosing which to drop reads no bodies. */
  tailFacts: { key: [person: string, sessionId: string]; value: unknown }
  tailEntries: { key: [person: string, sessionId: string]; value: unknown }
  lists: { key: string; value: unknown }
  drafts: { key: [person: string, sessionId: string]; value: unknown }
}
const STORES = ['commands', 'leases', 'tailFacts', 'tailEntries', 'lists', 'drafts'] as const

export type Database = IDBPDatabase<Schema>

/** The one IndexedDB of this page. Rejects where the browser has none or does not let it be opened. */
export async function openDatabase(timeoutMs: number = OPEN_TIMEOUT_MS): Promise<Database> {
  const opening = openDB<Schema>(NAME, VERSION, {
    upgrade(database) {
      for (const store of STORES) if (!database.objectStoreNames.contains(store)) database.createObjectStore(store)
    },
    blocking: (_from, _to, event) => closeTarget(event), // a newer page wants to upgrade: don't stand in its way
  })
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error('The database did not open in time.')), timeoutMs)
  })
  return await Promise.race([opening, late])
}

function closeTarget(event: IDBVersionChangeEvent): void {
  if (event.target instanceof IDBDatabase) event.target.close()
}
