import { Client } from 'pg'
import { FarhandError } from '@farhand/shared'
import { connectionOptions } from './database.ts'
import { toPostgresError } from './errors.ts'

/** The right to be the only relay of a database. */
export type Sole = {
  /** Resolves while this process has it, which it takes again by itself when it was lost with its connection. */
  ensure(): Promise<void>
  close(): Promise<void>
}

const SQL = {
  lock: `select pg_try_advisory_lock(hashtext('farhand relay')) as locked, pid, backend_start::text as start
    from pg_stat_activity where pid = pg_backend_pid()`,
  end: `select pg_terminate_backend(pid) from pg_stat_activity where pid = $1 and backend_start::text = $2`,
} as const

const RETRY_AFTER_MS = 2_000
const ANSWER_TIMEOUT_MS = 5_000
/** A connection that is ended frees its locks about at once. */
const ENDING_MS = 100

/** The database's own end of a connection. */
type Backend = { pid: number; start: string }

/**
 * A lock of a connection of its own: it goes with its process, however that ends.
 *
 * @param onTakenOver hears, once, that another relay took it while this one had no connection
 */
export function createSole(url: string, onTakenOver: () => void = () => {}): Sole {
  let holder: Client | undefined
  let taking: Promise<void> | undefined
  let former: Backend | undefined
  let takenOver = false
  let closed = false

  async function take(): Promise<void> {
    const client = new Client({ ...connectionOptions(url), query_timeout: ANSWER_TIMEOUT_MS })
    const lost = (): void => {
      if (holder === client) holder = undefined
    }
    client.on('error', lost)
    client.on('end', lost)
    try {
      await client.connect()
      former = (await tryLock(client)) ?? (await lockAfter(client, former))
      if (closed) throw new FarhandError('STORAGE_UNAVAILABLE', 'The store is closed.')
      holder = client
    } catch (error) {
      await client.end().catch(() => {}) // it is lost already
      throw toPostgresError(error)
    }
  }

  /** Where the network failed, the database may take our own former connection for alive: that one is ended. */
  async function lockAfter(client: Client, own: Backend | undefined): Promise<Backend> {
    if (own === undefined) throw taken()
    await client.query(SQL.end, [own.pid, own.start])
    await new Promise((resolve) => setTimeout(resolve, ENDING_MS))
    const locked = await tryLock(client)
    if (locked !== undefined) return locked
    if (!takenOver) onTakenOver()
    takenOver = true
    throw taken()
  }

  return {
    ensure: async () => {
      if (holder === undefined) await (taking ??= take().finally(() => (taking = undefined)))
    },
    close: async () => {
      closed = true
      const client = holder
      holder = undefined
      await client?.end().catch(() => {}) // it was lost meanwhile
    },
  }
}

async function tryLock(client: Client): Promise<Backend | undefined> {
  const { rows } = await client.query<Backend & { locked: boolean }>(SQL.lock)
  const [row] = rows
  return row?.locked === true ? { pid: row.pid, start: row.start } : undefined
}

function taken(): FarhandError {
  return new FarhandError('STORAGE_BUSY', 'Another Farhand server uses this database.', {
    retryAfterMs: RETRY_AFTER_MS,
  })
}
