import { randomBytes as nodeRandomBytes } from 'node:crypto'
import { appendBatch } from './batch/append.ts'
import { readAgent, readProject, readProjects, takeHello } from './sqlite/agents.ts'
import { compact, newestPosition } from './sqlite/compaction.ts'
import { connect, lockDirectory, type Connection } from './sqlite/connection.ts'
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
} from './sqlite/credentials.ts'
import { guarded, keepConnection, type Keeper } from './sqlite/keeper.ts'
import { expiredCommands, nextInput, openCommands, sessionsWithInputs, waitingInputs } from './sqlite/inputs.ts'
import { writeMeta } from './sqlite/meta.ts'
import { joinLog, openLog, type OpenedLog } from './sqlite/logEpoch.ts'
import { createKeptSessions, type KeptSessions } from './sqlite/keptSessions.ts'
import { readPage } from './sqlite/pages.ts'
import {
  addPushNews,
  beginPushKeys,
  claimPushedOver,
  claimPushNews,
  deletePush,
  notePush,
  readPushedOver,
  readPushes,
  readPushNews,
  readPushOf,
  savePush,
} from './sqlite/push.ts'
import {
  eraseEntries,
  measureRanges,
  noteRule,
  readRecords,
  readRules,
  retireSession,
  unerasedSessions,
  writeRule,
} from './sqlite/retention.ts'
import { changeSession, readHeads, readOpenRequests, readSession, readSessions } from './sqlite/sessions.ts'
import { sqliteTables } from './sqlite/tables.ts'
import { startUpkeep, type Upkeep } from './sqlite/upkeep.ts'
import { createOneTime } from './oneTime.ts'
import { createPageCache } from './pageCache.ts'
import type { PushStore } from './push/store.ts'
import type { Append, BatchResult, Store } from './store.ts'
import { createTurns } from './turns.ts'

/** The newest page of some hundred sessions. */
const PAGE_CACHE_BYTES = 32 * 1024 * 1024

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
      const log = exclusive ? openLog(connection, dataDir, randomBytes) : joinLog(connection, randomBytes)
      const keeper = keepConnection(connection, dataDir, exclusive)
      return buildStore(log, keeper, exclusive ? startUpkeep(keeper, dataDir, log.logEpoch) : undefined, unlock)
    } catch (error) {
      unlock()
      throw error
    }
  })
}

function buildStore(log: OpenedLog, keeper: Keeper, upkeep: Upkeep | undefined, unlock: () => void): Store {
  const { read: use } = keeper
  const kept = createKeptSessions()
  const change = <T>(work: (connection: Connection) => T): Promise<T> =>
    keeper.change((connection) => {
      kept.clear()
      return work(connection)
    })
  const turn = createTurns()
  const cache = createPageCache(PAGE_CACHE_BYTES)
  /** Takes entries out of the log. */
  const remove = async <T>(work: (connection: Connection) => T): Promise<T> => {
    const result = await change(work)
    cache.clear()
    return result
  }
  return {
    ...log,
    ...createOneTime(performance),
    clock: Date,
    append: (batch, now) => append(keeper, kept, batch, now),
    page: async (question) => {
      await turn()
      return await use((db) => readPage(db, question, cache))
    },
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
    holdsLease: () => Promise.resolve(upkeep !== undefined),
    position: () => use(newestPosition),
    checkWritable: () => change((db) => writeMeta(db, 'checked', String(Date.now()))),
    upkeep: upkeep?.round ?? (() => Promise.resolve({ walBytes: 0, damaged: keeper.isDamaged() })),

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
    deleteWebSession: (hash) => change((db) => deleteWebSession(db, hash)),
    webSessions: (now) => use((db) => readWebSessions(db, now)),
    touchWebSession: (hash, now) => change((db) => touchWebSession(db, hash, now)),
    deleteWebSessions: () => change(deleteWebSessions),

    retentionRules: () => use(readRules),
    setRetentionRule: (scope, rule) => change((db) => writeRule(db, scope, rule)),
    noteRetention: (rule, note) => change((db) => noteRule(db, rule, note)),
    measure: (ranges) => use((db) => measureRanges(db, ranges)),
    retire: (chosen, round, now) => remove((db) => retireSession(db, chosen, round, now)),
    unerased: (limit) => use((db) => unerasedSessions(db, limit)),
    erase: (sessionId, limit) => change((db) => eraseEntries(db, sessionId, limit)),
    retentionRecords: (projectId, limit) => use((db) => readRecords(db, projectId, limit)),

    ...buildPushStore(use, change),

    close: async () => {
      await upkeep?.last()
      if (keeper.close()) unlock()
    },
  }
}

async function append(keeper: Keeper, kept: KeptSessions, batch: readonly Append[], now: number): Promise<BatchResult> {
  let committed: (() => void) | undefined
  const result = await keeper.change((db) => {
    const begun = kept.begin()
    committed = begun.committed
    const tables = sqliteTables(db, begun.kept)
    const appended = appendBatch(tables, batch, now)
    tables.write()
    return appended
  })
  committed?.()
  return result
}

/** Whom to tell when no page is open. */
function buildPushStore(use: Keeper['read'], change: Keeper['change']): PushStore {
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
    pushKeys: (made) => change((db) => beginPushKeys(db, made)),
  }
}
