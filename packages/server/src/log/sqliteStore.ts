import { randomBytes as nodeRandomBytes } from 'node:crypto'
import { FarhandError } from '@farhand/shared'
import { readAgent, readProject, readProjects, takeHello } from './sqlite/agents.ts'
import { appendBatch } from './sqlite/append.ts'
import { dropReplaced, newestPosition } from './sqlite/compaction.ts'
import { builder, connect, lockDirectory, poisons, toStorageError, type Connection } from './sqlite/connection.ts'
import {
  deleteWebSession,
  insertToken,
  insertWebSession,
  readToken,
  readWebSession,
  tokenExists,
} from './sqlite/credentials.ts'
import { expiredCommands, nextInput, sessionsWithInputs, waitingInputs } from './sqlite/inputs.ts'
import { readPage } from './sqlite/pages.ts'
import { changeSession, readOpenRequests, readSession, readSessions } from './sqlite/sessions.ts'
import type { Store } from './store.ts'

const LOG_EPOCH_BYTES = 16

export type SqliteStoreOptions = {
  dataDir: string
  /** Whether this process serves the directory alone. A helper that only adds a token leaves it out. @default true */
  exclusive?: boolean
  randomBytes?: (size: number) => Buffer
}

/** The store in one SQLite file of the data directory. Rejects with a FarhandError that says in words what is wrong. */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const { dataDir, exclusive = true, randomBytes = nodeRandomBytes } = options
  return await guarded(async () => {
    const unlock = exclusive ? lockDirectory(dataDir) : () => {}
    try {
      const connection = await connect(dataDir)
      const logEpoch = ensureLogEpoch(connection, randomBytes)
      return buildStore(logEpoch, keepConnection(connection, dataDir), unlock)
    } catch (error) {
      unlock()
      throw error
    }
  })
}

type Keeper = {
  use<T>(work: (connection: Connection) => T): Promise<T>
  /** Answers whether it was open. */
  close(): boolean
}

/** A connection that is replaced by a fresh one after a failure that leaves it in doubt. */
function keepConnection(first: Connection, dataDir: string): Keeper {
  let current: Connection | undefined = first
  let closed = false

  async function use<T>(work: (connection: Connection) => T): Promise<T> {
    if (closed) throw new FarhandError('STORAGE_UNAVAILABLE', 'The store is closed.')
    return await guarded(async () => {
      current ??= await connect(dataDir)
      try {
        return work(current)
      } catch (error) {
        if (poisons(error)) {
          current?.close()
          current = undefined
        }
        throw error
      }
    })
  }

  return {
    use,
    close: () => {
      if (closed) return false
      closed = true
      current?.close()
      current = undefined
      return true
    },
  }
}

function buildStore(logEpoch: string, keeper: Keeper, unlock: () => void): Store {
  const { use } = keeper
  /** In one transaction of its own. */
  const change = <T>(work: (connection: Connection) => T) => use((db) => db.transaction(() => work(db)))
  return {
    logEpoch,
    append: (batch, now) => change((db) => appendBatch(db, batch, now)),
    page: (question) => use((db) => readPage(db, question)),
    session: (sessionId) => use((db) => readSession(db, sessionId)),
    sessions: (projectId) => use((db) => readSessions(db, projectId)),
    updateSession: (sessionId, what, now) => change((db) => changeSession(db, sessionId, what, now)),
    openRequests: (projectId) => use((db) => readOpenRequests(db, projectId)),
    expiredCommands: (now, limit) => use((db) => expiredCommands(db, now, limit)),
    nextInput: (sessionId, lane) => use((db) => nextInput(db, sessionId, lane)),
    waitingInputs: (agentId, limit) => use((db) => waitingInputs(db, agentId, limit)),
    sessionsWithInputs: (agentId) => use((db) => sessionsWithInputs(db, agentId)),
    compact: (upTo, limit) => change((db) => compact(db, upTo, limit)),
    position: () => use(newestPosition),
    checkWritable: () => change((db) => writeMeta(db, 'checked', String(Date.now()))),

    projects: () => use(readProjects),
    project: (projectId) => use((db) => readProject(db, projectId)),
    agent: (agentId) => use((db) => readAgent(db, agentId)),
    acceptHello: (hello, now) => change((db) => takeHello(db, hello, now)),

    createToken: (token, now) => change((db) => insertToken(db, token, now)),
    tokenByHash: (hash) => use((db) => readToken(db, hash)),
    tokenExists: (tokenId) => use((db) => tokenExists(db, tokenId)),
    createWebSession: (session, now) => change((db) => insertWebSession(db, session, now)),
    webSession: (hash, now) => use((db) => readWebSession(db, hash, now)),
    deleteWebSession: (hash) => change((db) => deleteWebSession(db, hash)),

    close: () => {
      if (keeper.close()) unlock()
      return Promise.resolve()
    },
  }
}

function compact(db: Connection, upTo: number, limit: number): boolean {
  const done = Number(readMeta(db, 'compactedTo') ?? 0)
  if (done >= upTo) return false
  const end = dropReplaced(db, done, upTo, limit)
  writeMeta(db, 'compactedTo', String(end))
  return end < upTo
}

function ensureLogEpoch(db: Connection, randomBytes: (size: number) => Buffer): string {
  return db.transaction(() => {
    const found = readMeta(db, 'logEpoch')
    if (found !== undefined) return found
    const made = randomBytes(LOG_EPOCH_BYTES).toString('hex')
    writeMeta(db, 'logEpoch', made)
    return made
  })
}

function readMeta(db: Connection, key: string): string | undefined {
  return db.first(builder.selectFrom('meta').select('value').where('key', '=', key).compile())?.value
}

function writeMeta(db: Connection, key: string, value: string): void {
  db.run(
    builder
      .insertInto('meta')
      .values({ key, value })
      .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
      .compile(),
  )
}

/** The store's door: what SQLite and the file system throw leaves as a code. */
async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw toStorageError(error)
  }
}
