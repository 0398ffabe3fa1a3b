import { Pool, type Client, type PoolClient, type PoolConfig } from 'pg'
import { valueTypes } from './values.ts'

/** Well under what people and agents wait for an answer: whoever hears nothing from the database is told so in time. */
const CONNECT_TIMEOUT_MS = 4_000
/** A transaction that waits for another is told which of the two it is, before the statement itself has taken too long. */
const LOCK_TIMEOUT_MS = 2_000
const KEEP_ALIVE_MS = 10_000
const FAREWELL_MS = 1_000

/** How long a statement may take. The server gives up first, and says so; after that it is silence. */
export type Patience = { statementMs: number; answerMs: number }

/** For what somebody waits for. */
export const SHORT: Patience = { statementMs: 3_000, answerMs: 4_000 }
/** For what goes through much of the log: counting, deleting, copying. */
export const LONG: Patience = { statementMs: 30_000, answerMs: 35_000 }

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

/** Connections, each for one at a time. */
export type Connections = {
  connect(): Promise<PoolClient>
  /** Gives one back that must not be used again. Where it was silent, the others are as well: none of them is. */
  drop(client: PoolClient, error: unknown): void
  end(): Promise<void>
}

export function openConnections(url: string, { statementMs, answerMs }: Patience, max: number): Connections {
  const timeouts = { statement_timeout: statementMs, query_timeout: answerMs }
  const pool = openPool({ ...connectionOptions(url), ...timeouts, max })
  const clients = new Set<PoolClient>()
  pool.on('connect', (client) => clients.add(client))
  pool.on('remove', (client) => clients.delete(client))
  return {
    connect: () => pool.connect(),
    drop: (client, error) => {
      client.release(true)
      // Whoever uses one of them hears it now, and not after a time of his own.
      if (isSilence(error)) cut(clients)
    },
    end: () => within(SHORT.answerMs, pool.end(), () => cut(clients)),
  }
}

/** Ends a connection; one that does not answer is cut. Never rejects: it may be lost already. */
export async function endConnection(client: Client): Promise<void> {
  await within(FAREWELL_MS, client.end(), () => cut([client])).catch(() => {})
}

async function within(ms: number, ended: Promise<void>, giveUp: () => void): Promise<void> {
  const timer = setTimeout(giveUp, ms)
  await ended.finally(() => clearTimeout(timer))
}

function cut(clients: Iterable<Client>): void {
  for (const client of clients) client.connection.stream.destroy()
}

/** Nothing came for as long as a statement may take, not even that it took too long. */
function isSilence(error: unknown): boolean {
  return error instanceof Error && error.message === 'Query read timeout'
}
