import { Client } from 'pg'
import { FarhandError } from '@farhand/shared'
import { isAnswer, toPostgresError } from './errors.ts'
import { SHORT, connectionOptions, endConnection } from './pool.ts'

/** How a relay uses a database: as the only one, or as one of several that are all active. */
export type Share = 'alone' | 'together'

/** The right to be a relay of a database, and the lease: the right to do what exactly one of several has to do. */
export type RelayLock = {
  /** Resolves while this process may write, which it takes again by itself when it was lost with its connection. */
  ensure(): Promise<void>
  /** Whether the lease is here, and the database still there. It goes with its connection, and the next who asks has it. */
  holdsLease(): Promise<boolean>
  close(): Promise<void>
}

const SELF = `pid, backend_start::text as start from pg_stat_activity where pid = pg_backend_pid()`

const SQL = {
  alone: `select pg_try_advisory_lock(hashtext('farhand relay')) as locked, ${SELF}`,
  together: `select pg_try_advisory_lock_shared(hashtext('farhand relay')) as locked, ${SELF}`,
  lease: `select pg_try_advisory_lock(hashtext('farhand lease')) as locked`,
  alive: `select true as locked`,
  /** Older servers do not have it; there a process that stands still keeps the lease until it ends. */
  limitSilence: `select set_config(name, $1, false) from pg_settings where name = 'idle_session_timeout'`,
  end: `select pg_terminate_backend(pid) from pg_stat_activity where pid = $1 and backend_start::text = $2`,
} as const

const RETRY_AFTER_MS = 2_000
/** A connection that is ended frees its locks about at once, but on a machine that is busy or has no memory left. */
const ENDING_MS = 100
/** After that somebody has to ask again. */
const ENDED_WITHIN_MS = 2_000
/** Who holds the lease asks for it every second; one that says nothing for so long stands still, and another goes on. */
export const LEASE_SILENCE_MS = 15_000

const TAKEN: Record<Share, string> = {
  alone: 'Another Farhand server uses this database.',
  together: 'Another Farhand server uses this database alone; it needs REDIS_URL as well.',
}

/** The database's own end of a connection. */
type Backend = { pid: number; start: string }

/**
 * A lock of a connection of its own: it goes with its process, however that ends. One who is alone and those who are
 * together keep each other out.
 *
 * @param onTakenOver hears, once, that it could not be had again after this process had no connection
 */
export function createRelayLock(url: string, share: Share, onTakenOver: () => void = () => {}): RelayLock {
  let holder: Client | undefined
  let leasedBy: Client | undefined
  let taking: Promise<void> | undefined
  let former: Backend | undefined
  let takenOver = false
  let closed = false

  async function take(): Promise<void> {
    const client = new Client({ ...connectionOptions(url), query_timeout: SHORT.answerMs })
    const lost = (): void => {
      if (holder === client) holder = undefined
    }
    client.on('error', lost)
    client.on('end', lost)
    try {
      await client.connect()
      if (share === 'together') await client.query(SQL.limitSilence, [String(LEASE_SILENCE_MS)])
      former = (await tryLock(client, share)) ?? (await lockAfter(client, former))
      if (closed) throw new FarhandError('STORAGE_UNAVAILABLE', 'The store is closed.')
      holder = client
    } catch (error) {
      await endConnection(client)
      throw toPostgresError(error)
    }
  }

  /** Where the network failed, the database may take our own former connection for alive: that one is ended. */
  async function lockAfter(client: Client, own: Backend | undefined): Promise<Backend> {
    if (own === undefined) throw taken(share)
    for (let waitedMs = 0; waitedMs < ENDED_WITHIN_MS; waitedMs += ENDING_MS) {
      const { rows: ending } = await client.query(SQL.end, [own.pid, own.start])
      await new Promise((resolve) => setTimeout(resolve, ENDING_MS))
      const locked = await tryLock(client, share)
      if (locked !== undefined) return locked
      // The lock is freed before the connection leaves the database's list, so it is somebody else who has it.
      if (ending.length === 0) {
        if (!takenOver) onTakenOver()
        takenOver = true
        break
      }
    }
    throw taken(share)
  }

  /** It may be silent for good, and the database free for others meanwhile. */
  async function giveUp(client: Client): Promise<void> {
    if (holder === client) holder = undefined
    await endConnection(client)
  }

  async function ensure(): Promise<void> {
    if (holder === undefined) await (taking ??= take().finally(() => (taking = undefined)))
  }

  return {
    ensure,
    holdsLease: async () => {
      await ensure()
      const client = holder
      if (client === undefined) return false
      const isHere = share === 'alone' || leasedBy === client
      try {
        const { rows } = await client.query<{ locked: boolean }>(isHere ? SQL.alive : SQL.lease)
        if (rows[0]?.locked === true) leasedBy = client
      } catch (error) {
        if (!isAnswer(error)) await giveUp(client)
        throw toPostgresError(error)
      }
      return leasedBy === client
    },
    close: async () => {
      closed = true
      const client = holder
      holder = undefined
      if (client !== undefined) await endConnection(client)
    },
  }
}

async function tryLock(client: Client, share: Share): Promise<Backend | undefined> {
  const { rows } = await client.query<Backend & { locked: boolean }>(SQL[share])
  const [row] = rows
  return row?.locked === true ? { pid: row.pid, start: row.start } : undefined
}

function taken(share: Share): FarhandError {
  return new FarhandError('STORAGE_BUSY', TAKEN[share], { retryAfterMs: RETRY_AFTER_MS })
}
