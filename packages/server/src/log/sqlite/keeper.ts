import { FarhandError } from '@farhand/shared'
import { connect, damages, poisons, toStorageError, type Connection } from './connection.ts'

/** The connection of a store, with what becomes of it after a failure. */
export type Keeper = {
  read<T>(work: (connection: Connection) => T): Promise<T>
  /** In one transaction of its own. */
  change<T>(work: (connection: Connection) => T): Promise<T>
  /** A damaged database takes nothing more, so that nothing is written over what may still be saved; reading is tried. */
  isDamaged(): boolean
  /** Answers whether it was open. */
  close(): boolean
}

const DAMAGED = 'The database is damaged and takes nothing more. Stop the server and put a backup back.'

/**
 * The store's door: what SQLite and the file system throw leaves as a code.
 *
 * After a sync that failed, the system may hold what is not on the disk, and it says so once only. A log that is opened
 * after that, by this process or the next one, may have such pages in its middle, and whatever is appended behind them
 * could be lost with them. So before the first change it is brought into the database, which writes all of it anew.
 *
 * @param alone whether no other process writes; a helper beside the one that serves leaves the log to it
 */
export function keepConnection(first: Connection, dataDir: string, alone: boolean): Keeper {
  let current: Connection | undefined = first
  let closed = false
  let damaged = false
  let doubted = alone
  let connecting: Promise<void> | undefined

  /** Once for all who wait: two that migrate at once would stop the loop, and one of them would never be closed. */
  async function reconnect(): Promise<void> {
    const connection = await connect(dataDir)
    if (closed) connection.close()
    else current = connection
  }

  async function read<T>(work: (connection: Connection) => T): Promise<T> {
    if (closed) throw new FarhandError('STORAGE_UNAVAILABLE', 'The store is closed.')
    return await guarded(async () => {
      if (current === undefined) await (connecting ??= reconnect().finally(() => (connecting = undefined)))
      // Closed meanwhile, or lost again to somebody who waited as well.
      if (current === undefined) throw new FarhandError('STORAGE_UNAVAILABLE')
      try {
        return work(current)
      } catch (error) {
        if (damages(error)) damaged = true
        if (poisons(error)) {
          current?.close()
          current = undefined
          doubted = alone
        }
        throw error
      }
    })
  }

  return {
    read,
    change: async (work) => {
      if (damaged) throw new FarhandError('STORAGE_UNAVAILABLE', DAMAGED)
      return await read((connection) => {
        if (doubted && !connection.checkpoint()) throw new FarhandError('STORAGE_BUSY')
        doubted = false
        return connection.transaction(() => work(connection))
      })
    },
    isDamaged: () => damaged,
    close: () => {
      if (closed) return false
      closed = true
      current?.close()
      current = undefined
      return true
    },
  }
}

export async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw toStorageError(error)
  }
}
