import { Pool, type PoolClient, type PoolConfig } from 'pg'
import { FarhandError } from '@farhand/shared'
import { isAnswer, isConflict, toPostgresError } from './errors.ts'
import { toParameter, valueTypes, type Parameter } from './values.ts'

/** One connection while somebody works with it. */
export type Connection = {
  /** The rows have the names of the columns that were asked for. */
  query<Row extends object>(text: string, parameters?: readonly Parameter[]): Promise<Row[]>
  /** Answers how many rows changed. */
  run(text: string, parameters?: readonly Parameter[]): Promise<number>
}

/** Looks for what somebody wrote. */
type IsThere<T> = (connection: Connection, result: T) => Promise<boolean>

/** A Postgres database: what it and the network throw leaves as a code, and a lost connection is followed by a new one. */
export type Database = {
  read<T>(work: (connection: Connection) => Promise<T>): Promise<T>
  /**
   * In one transaction, which is on disk when this resolves. `work` may be called again, when somebody else wrote the same.
   * A rejection means that nothing was written: where the connection is lost in the middle of the commit, the answer waits
   * until the database is back and says what became of it.
   *
   * @param isThere whether what `work` answered is in the database. Without it, or where it finds nothing, a commit in doubt
   * counts as failed, and doing the same again has to do no harm.
   */
  change<T>(work: (connection: Connection) => Promise<T>, isThere?: IsThere<T>): Promise<T>
  /** Closing again does nothing. */
  close(): Promise<void>
}

const MAX_CONNECTIONS = 8
const CONNECT_TIMEOUT_MS = 5_000
/** The server gives up first, and says so. */
const STATEMENT_TIMEOUT_MS = 30_000
const ANSWER_TIMEOUT_MS = 35_000
const LOCK_TIMEOUT_MS = 5_000
const KEEP_ALIVE_MS = 10_000
const MAX_TRIES = 10
const DOUBT_CHECK_MS = 250
const STATUS = 'select pg_xact_status($1::xid8) as status'

/**
 * A process whose machine is gone holds its locks until the server notices, so the server looks soon. In a transaction
 * nobody waits for anything but the database.
 */
const SESSION_SETTINGS = [
  ['lock_timeout', LOCK_TIMEOUT_MS],
  ['idle_in_transaction_session_timeout', 10_000],
  ['tcp_keepalives_idle', 10],
  ['tcp_keepalives_interval', 5],
  ['tcp_keepalives_count', 3],
] as const

export function connectionOptions(url: string): PoolConfig {
  return {
    connectionString: url,
    application_name: 'farhand-server',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    options: SESSION_SETTINGS.map(([name, value]) => `-c ${name}=${value}`).join(' '),
    types: valueTypes(),
  }
}

export function openPool(config: PoolConfig): Pool {
  const pool = new Pool(config)
  // A connection that is lost tells everybody who uses it; without listeners it would end the process as well.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}

/** Connects when it is first used. */
export function openDatabase(url: string): Database {
  const timeouts = { statement_timeout: STATEMENT_TIMEOUT_MS, query_timeout: ANSWER_TIMEOUT_MS }
  const pool = openPool({ ...connectionOptions(url), ...timeouts, max: MAX_CONNECTIONS })
  let closed = false

  async function guarded<T>(work: () => Promise<T>): Promise<T> {
    if (closed) throw new FarhandError('STORAGE_UNAVAILABLE', 'The store is closed.')
    try {
      return await work()
    } catch (error) {
      throw toPostgresError(error)
    }
  }

  async function transaction<T>(work: (connection: Connection) => Promise<T>, isThere?: IsThere<T>): Promise<T> {
    const client = await pool.connect()
    let done: { result: T; xid: string } | undefined
    try {
      const xid = await begin(client)
      const result = await work(connectionOf(client))
      done = { result, xid }
      await commit(client)
      client.release()
      return result
    } catch (error) {
      await giveBack(client, error, done !== undefined)
      if (done !== undefined && isThere !== undefined && (await wasCommitted(done, isThere))) return done.result
      throw error
    }
  }

  /**
   * Asks until the database knows, however long it is away. A transaction's number is not enough: after a crash the database gives
   * those again of which nothing had reached the disk.
   */
  async function wasCommitted<T>(done: { result: T; xid: string }, isThere: IsThere<T>): Promise<boolean> {
    while (!closed) {
      try {
        const status = await read(async (connection) => {
          const [row] = await connection.query<{ status: string | null }>(STATUS, [done.xid])
          if (row?.status !== 'committed') return row?.status
          return (await isThere(connection, done.result)) ? 'committed' : 'of another'
        })
        if (status !== 'in progress') return status === 'committed'
      } catch (error) {
        if (isAnswer(error) && !(toPostgresError(error) instanceof FarhandError)) return false // another database: it has never heard of it
      }
      await new Promise((resolve) => setTimeout(resolve, DOUBT_CHECK_MS))
    }
    return false
  }

  async function read<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    const client = await pool.connect()
    try {
      const result = await work(connectionOf(client))
      client.release()
      return result
    } catch (error) {
      client.release(!isAnswer(error))
      throw error
    }
  }

  return {
    read: (work) => guarded(() => read(work)),
    change: (work, isThere) =>
      guarded(async () => {
        for (let tries = 1; ; tries += 1) {
          try {
            return await transaction(work, isThere)
          } catch (error) {
            if (!isConflict(error) || tries === MAX_TRIES) throw error
          }
        }
      }),
    close: async () => {
      if (closed) return
      closed = true
      await pool.end()
    },
  }
}

/** @returns the transaction's own number, by which its fate can be asked for later */
async function begin(client: PoolClient): Promise<string> {
  await client.query('begin')
  const { rows } = await client.query<{ xid: string }>(
    `select set_config('synchronous_commit', 'on', true), pg_current_xact_id()::text as xid`,
  )
  const [row] = rows
  if (row === undefined) throw new Error('a transaction without a number')
  return row.xid
}

async function commit(client: PoolClient): Promise<void> {
  const { command } = await client.query('commit')
  if (command !== 'COMMIT') throw new Error('the transaction had failed before its end')
}

async function giveBack(client: PoolClient, error: unknown, committing: boolean): Promise<void> {
  const usable = !committing && (isAnswer(error) || toPostgresError(error) === error)
  if (!usable) return client.release(true)
  await client.query('rollback').then(
    () => client.release(),
    () => client.release(true),
  )
}

/** Statements are prepared once by each connection; there are as many as the store has texts. */
const names = new Map<string, string>()

function nameOf(text: string): string {
  const known = names.get(text)
  if (known !== undefined) return known
  const name = `farhand_${names.size + 1}`
  names.set(text, name)
  return name
}

function connectionOf(client: PoolClient): Connection {
  const ask = (text: string, parameters: readonly Parameter[]) =>
    client.query({ name: nameOf(text), text, values: parameters.map(toParameter) })
  return {
    // The statement says what its rows hold; the driver only knows that they are records.
    query: async <Row>(text: string, parameters: readonly Parameter[] = []) =>
      (await ask(text, parameters)).rows as Row[],
    run: async (text, parameters = []) => (await ask(text, parameters)).rowCount ?? 0,
  }
}
