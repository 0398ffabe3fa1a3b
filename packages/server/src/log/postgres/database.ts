import type { PoolClient, QueryResult } from 'pg'
import { FarhandError } from '@farhand/shared'
import { isAnswer, isConflict, toPostgresError } from './errors.ts'
import { LONG, SHORT, openConnections, type Connections } from './pool.ts'
import { toParameter, type Parameter } from './values.ts'

/** One connection while somebody works with it. */
export type Connection = {
  /** The rows have the names of the columns that were asked for. */
  query<Row extends object>(text: string, parameters?: readonly Parameter[]): Promise<Row[]>
  /** Answers how many rows changed. */
  run(text: string, parameters?: readonly Parameter[]): Promise<number>
}

/** Looks for what somebody wrote. */
type IsThere<T> = (connection: Connection, result: T) => Promise<boolean>

/** What can be done with a database. */
export type Work = {
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
}

/**
 * A Postgres database: what it and the network throw leaves as a code, and a lost connection is followed by a new one. One that
 * says nothing counts as lost after some seconds.
 */
export type Database = Work & {
  /** The same for what goes through much of the log, and may take its time. */
  long: Work
  /** Closing again does nothing. */
  close(): Promise<void>
}

const MAX_CONNECTIONS = 8
const MAX_LONG = 2
const MAX_TRIES = 10
const DOUBT_CHECK_MS = 250
const STATUS = 'select pg_xact_status($1::xid8) as status'

/** Connects when it is first used. */
export function openDatabase(url: string): Database {
  let closed = false
  const [short, long] = [openConnections(url, SHORT, MAX_CONNECTIONS), openConnections(url, LONG, MAX_LONG)]
  const isClosed = (): boolean => closed
  return {
    ...workWith(short, isClosed),
    long: workWith(long, isClosed),
    close: async () => {
      if (closed) return
      closed = true
      await Promise.all([short.end(), long.end()])
    },
  }
}

function workWith(connections: Connections, isClosed: () => boolean): Work {
  async function guarded<T>(work: () => Promise<T>): Promise<T> {
    if (isClosed()) throw new FarhandError('STORAGE_UNAVAILABLE', 'The store is closed.')
    try {
      return await work()
    } catch (error) {
      throw toPostgresError(error)
    }
  }

  async function transaction<T>(work: (connection: Connection) => Promise<T>, isThere?: IsThere<T>): Promise<T> {
    const client = await connections.connect()
    let done: { result: T; xid: string } | undefined
    try {
      const xid = await begin(client)
      const result = await work(connectionOf(client))
      done = { result, xid }
      await commit(client)
      client.release()
      return result
    } catch (error) {
      await giveBack(connections, client, error, done !== undefined)
      if (done !== undefined && isThere !== undefined && (await wasCommitted(done, isThere))) return done.result
      throw error
    }
  }

  /**
   * Asks until the database knows, however long it is away. A transaction's number is not enough: after a crash the database gives
   * those again of which nothing had reached the disk.
   */
  async function wasCommitted<T>(done: { result: T; xid: string }, isThere: IsThere<T>): Promise<boolean> {
    while (!isClosed()) {
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
    const client = await connections.connect()
    try {
      const result = await work(connectionOf(client))
      client.release()
      return result
    } catch (error) {
      if (isAnswer(error)) client.release()
      else connections.drop(client, error)
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

/** It is not ended by the server for taking long: where that waits for another that has a copy, it would commit without it. */
async function commit(client: PoolClient): Promise<void> {
  const answered: QueryResult | QueryResult[] = await client.query('set local statement_timeout = 0; commit')
  const last = [answered].flat().at(-1)
  if (last?.command !== 'COMMIT') throw new Error('the transaction had failed before its end')
}

async function giveBack(
  connections: Connections,
  client: PoolClient,
  error: unknown,
  committing: boolean,
): Promise<void> {
  const usable = !committing && (isAnswer(error) || toPostgresError(error) === error)
  if (!usable) return connections.drop(client, error)
  await client.query('rollback').then(
    () => client.release(),
    (failed: unknown) => connections.drop(client, failed),
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
