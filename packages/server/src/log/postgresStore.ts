import { randomBytes as nodeRandomBytes } from 'node:crypto'
import { createOneTime } from './oneTime.ts'
import { createPageCache } from './pageCache.ts'
import { readAgent, readProject, readProjects, takeHello } from './postgres/agents.ts'
import { append, isAppended } from './postgres/append.ts'
import { createDatabaseClock, type DatabaseClock } from './postgres/clock.ts'
import { compact, newestPosition } from './postgres/compaction.ts'
import {
  deleteToken,
  deleteWebSession,
  deleteWebSessions,
  insertToken,
  insertWebSession,
  readToken,
  readTokens,
  readWebSession,
  readWebSessions,
  tokenExists,
  touchWebSession,
} from './postgres/credentials.ts'
import { openDatabase, type Connection, type Database, type Work } from './postgres/database.ts'
import { isUnreachable } from './postgres/errors.ts'
import { expiredCommands, nextInput, openCommands, sessionsWithInputs, waitingInputs } from './postgres/inputs.ts'
import { joinLog, openLog, type OpenedLog } from './postgres/logEpoch.ts'
import { beginMeta, writeMeta } from './postgres/meta.ts'
import { bringUpToDate } from './postgres/migrate.ts'
import { keepOnce, takeOnce } from './postgres/oneTime.ts'
import { readPage } from './postgres/pages.ts'
import { createRelayLock, type RelayLock, type Share } from './postgres/relayLock.ts'
import {
  addPushNews,
  claimPushedOver,
  claimPushNews,
  deletePush,
  notePush,
  readPushedOver,
  readPushes,
  readPushNews,
  readPushOf,
  savePush,
} from './postgres/push.ts'
import {
  eraseEntries,
  measureRanges,
  noteRule,
  readRecords,
  readRules,
  retireSession,
  unerasedSessions,
  writeRule,
} from './postgres/retention.ts'
import { changeSession, readHeads, readOpenRequests, readSession, readSessions } from './postgres/sessions.ts'
import { startUpkeep, type Upkeep } from './postgres/upkeep.ts'
import { makePrivateDirectory } from './sqlite/directory.ts'
import { PUSH_KEYS } from './push/rows.ts'
import type { PushStore } from './push/store.ts'
import type { OneTimeStore, Store } from './store.ts'

/** The newest page of some hundred sessions. */
const PAGE_CACHE_BYTES = 16 * 1024 * 1024
const RETRY_MS = 1_000

export type PostgresStoreOptions = {
  url: string
  /** For what is kept beside the database: the note how far the log had got. */
  dataDir: string
  /** How this process serves the database; `beside` is a helper that only adds a token. @default alone */
  serves?: Share | 'beside'
  /** A database that is not there yet, or that another relay serves, is waited for as long. @default not at all */
  patienceMs?: number
  /** Says once that it is being waited for. */
  onWait?: (error: unknown) => void
  /** Another relay serves the database now: nothing is written here any more. */
  onTakenOver?: () => void
  /** The log in the database is another one now, or went back to an older state: everybody has to begin anew with it. */
  onReplaced?: () => void
  randomBytes?: (size: number) => Buffer
}

/** The store in a Postgres database. Rejects with a FarhandError that says in words what is wrong. */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<Store> {
  const { url, dataDir, serves = 'alone', randomBytes = nodeRandomBytes } = options
  makePrivateDirectory(dataDir)
  const database = openDatabase(url)
  const lock = serves === 'beside' ? undefined : createRelayLock(url, serves, options.onTakenOver)
  try {
    await patiently(options, async () => {
      await lock?.ensure() // first: whoever serves it may be of an older version
      await bringUpToDate(url)
    })
    const log = await (lock === undefined ? joinLog(database, randomBytes) : openLog(database, dataDir, randomBytes))
    const { logEpoch } = log
    const { onReplaced = () => {} } = options
    const clock = createDatabaseClock(database)
    const upkeep = lock && startUpkeep({ database, lock, dataDir, logEpoch, clock, onReplaced })
    const shared = serves === 'together'
    if (shared) await clock.compare()
    return buildStore({ database, log, lock, upkeep, shared: shared ? clock : undefined })
  } catch (error) {
    await lock?.close()
    await database.close()
    throw error
  }
}

/** A server that was killed a moment ago may still be held to be there; a database may start after its relay. */
async function patiently({ patienceMs = 0, onWait }: PostgresStoreOptions, work: () => Promise<void>): Promise<void> {
  const giveUpAt = performance.now() + patienceMs
  for (let tries = 1; ; tries += 1) {
    try {
      return await work()
    } catch (error) {
      const passes =
        isUnreachable(error) || (error instanceof Error && 'code' in error && error.code === 'STORAGE_BUSY')
      if (!passes || performance.now() >= giveUpAt) throw error
      if (tries === 1) onWait?.(error)
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
    }
  }
}

function buildStore(parts: {
  database: Database
  log: OpenedLog
  lock: RelayLock | undefined
  upkeep: Upkeep | undefined
  /** The time of all, where there are other relays, which also have to find here whatever a browser may bring to them. */
  shared: DatabaseClock | undefined
}): Store {
  const { database, log, lock, upkeep, shared } = parts
  const cache = createPageCache(PAGE_CACHE_BYTES)
  const use = database.read
  /** Nobody writes who may not any more. */
  const changing =
    (work: Work): Work['change'] =>
    async (change, isThere) => {
      await lock?.ensure()
      return await work.change(change, isThere)
    }
  const [change, changeMuch] = [changing(database), changing(database.long)]
  /** Takes entries out of the log. */
  const remove = async <T>(work: (connection: Connection) => Promise<T>): Promise<T> => {
    const result = await changeMuch(work)
    cache.clear()
    return result
  }
  let last: Promise<unknown> = Promise.resolve()
  /** In the order in which they came: what an agent says second must not be there first. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work)
    last = turn.catch(() => {}) // it is told to whoever waits for this one
    return turn
  }
  const oneTime: OneTimeStore = {
    keepOnce: (secret) => change((db) => keepOnce(db, secret)),
    takeOnce: (kind, hash) => change((db) => takeOnce(db, kind, hash)),
  }
  return {
    ...log,
    ...(shared === undefined ? createOneTime(performance) : oneTime),
    clock: shared ?? Date,
    append: (batch, now) => inTurn(() => change((db) => append(db, batch, now), isAppended)),
    page: (question) => use((db) => readPage(db, question, cache)),
    session: (sessionId) => use((db) => readSession(db, sessionId)),
    heads: (sessionIds) => use((db) => readHeads(db, sessionIds)),
    sessions: (projectId) => use((db) => readSessions(db, projectId)),
    updateSession: (sessionId, what, now) => {
      const write = what.deleted === true ? remove : change
      return write((db) => changeSession(db, sessionId, what, now))
    },
    openRequests: (projectId) => use((db) => readOpenRequests(db, projectId)),
    expiredCommands: (now, limit) => use((db) => expiredCommands(db, now, limit)),
    nextInput: (sessionId, lane) => use((db) => nextInput(db, sessionId, lane)),
    waitingInputs: (agentId, limit) => use((db) => waitingInputs(db, agentId, limit)),
    openCommands: (agentId) => use((db) => openCommands(db, agentId)),
    sessionsWithInputs: (agentId) => use((db) => sessionsWithInputs(db, agentId)),
    compact: (upTo, limit) => remove((db) => compact(db, upTo, limit)),
    holdsLease: () => lock?.holdsLease() ?? Promise.resolve(false),
    position: () => use(newestPosition),
    checkWritable: () => change((db) => writeMeta(db, 'checked', String(Date.now()))),
    upkeep: upkeep?.round ?? (() => Promise.resolve({ walBytes: 0, damaged: false })),

    projects: () => use(readProjects),
    project: (projectId) => use((db) => readProject(db, projectId)),
    agent: (agentId) => use((db) => readAgent(db, agentId)),
    acceptHello: (hello, now) => change((db) => takeHello(db, hello, now)),

    createToken: (token, now) => change((db) => insertToken(db, token, now)),
    tokenByHash: (hash) => use((db) => readToken(db, hash)),
    tokens: () => use(readTokens),
    deleteToken: (tokenId) => change((db) => deleteToken(db, tokenId)),
    tokenExists: (tokenId) => use((db) => tokenExists(db, tokenId)),
    createWebSession: (session, now) => change((db) => insertWebSession(db, session, now)),
    webSession: (hash, now) => use((db) => readWebSession(db, hash, now)),
    webSessions: (now) => use((db) => readWebSessions(db, now)),
    touchWebSession: (hash, now) => change((db) => touchWebSession(db, hash, now)),
    deleteWebSession: (hash) => change((db) => deleteWebSession(db, hash)),
    deleteWebSessions: () => change(deleteWebSessions),

    retentionRules: () => use(readRules),
    setRetentionRule: (scope, rule) => change((db) => writeRule(db, scope, rule)),
    noteRetention: (rule, note) => change((db) => noteRule(db, rule, note)),
    measure: (ranges) => database.long.read((db) => measureRanges(db, ranges)),
    retire: (chosen, round, now) => remove((db) => retireSession(db, chosen, round, now)),
    unerased: (limit) => database.long.read((db) => unerasedSessions(db, limit)),
    erase: (sessionId, limit) => changeMuch((db) => eraseEntries(db, sessionId, limit)),
    retentionRecords: (projectId, limit) => use((db) => readRecords(db, projectId, limit)),

    ...buildPushStore(use, change),

    close: async () => {
      await upkeep?.last()
      await database.close()
      await lock?.close()
    },
  }
}

/** Whom to tell when no page is open. */
function buildPushStore(use: Work['read'], change: Work['change']): PushStore {
  return {
    savePush: (push, now, most) => change((db) => savePush(db, push, now, most)),
    pushes: () => use(readPushes),
    pushOf: (login) => use((db) => readPushOf(db, login)),
    deletePush: (endpoint) => change((db) => deletePush(db, endpoint)),
    notePush: (endpoint, problem) => change((db) => notePush(db, endpoint, problem)),
    addPushNews: (news) => change((db) => addPushNews(db, news)),
    pushNews: (since, until) => use((db) => readPushNews(db, since, until)),
    claimPushNews: (news) => change((db) => claimPushNews(db, news)),
    pushedOver: () => use(readPushedOver),
    claimPushedOver: (news) => change((db) => claimPushedOver(db, news)),
    pushKeys: (made) => change((db) => beginMeta(db, PUSH_KEYS, made)),
  }
}
