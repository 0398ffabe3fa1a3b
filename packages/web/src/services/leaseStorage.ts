import { z } from 'zod'
import type { Database } from './database.ts'
import { mayHold, type LeaseStorage } from './leadership.ts'

const KEY = 'outbox'
const rowSchema = z.object({ holder: z.string(), until: z.number() })

export function leaseStorageOf(database: Database): LeaseStorage {
  return {
    async acquire(holder, now, until) {
      const transaction = database.transaction('leases', 'readwrite')
      const row = rowSchema.safeParse(await transaction.store.get(KEY)).data
      const free = mayHold(row, holder, now)
      if (free) await transaction.store.put({ holder, until }, KEY)
      await transaction.done
      return free
    },
    async release(holder) {
      const transaction = database.transaction('leases', 'readwrite')
      const row = rowSchema.safeParse(await transaction.store.get(KEY)).data
      if (row?.holder === holder) await transaction.store.delete(KEY)
      await transaction.done
    },
  }
}
