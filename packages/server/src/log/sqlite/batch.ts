import type { Entry } from '@farhand/shared'
import type { StoredInput, StoredSession } from '../accept.ts'
import type { BatchResult } from '../store.ts'
import type { Connection } from './connection.ts'
import { ENTRY_COLUMNS, toAttention, toEntry, toSummary } from './rows.ts'
import type { EntryRow, RequestRow, SessionRow } from './schema.ts'

/**
 * What a batch holds in memory inside its transaction: the session rows, so that each is read once and written once
 * however many entries it gets, and the requests that it touched.
 */
export type Batch = {
  connection: Connection
  now: number
  sessions: Map<string, SessionState>
  touched: Map<string, { projectId: string; row: RequestRow }>
}

export type SessionState = SessionRow & { agent_id: string; changed: boolean }
export type NewEntry = Omit<EntryRow, 'session_id' | 'seq'>

const SQL = {
  session: `select s.*, p.agent_id from sessions s join projects p using (project_id) where s.session_id = ?`,
  createSession: `insert into sessions values (?, ?, 0, 0, 0, 0, null, null, ?, 0, 0, 0, 0, ?, ?)`,
  saveSession: `update sessions set head = ?, last_n = ?, running = ?, attention = ?, last_status = ?, last_code = ?,
    updated_at = ? where session_id = ?`,
  input: `select i.session_id, s.project_id, i.seq, i.body_hash, i.delivered, i.finished
    from inputs i join sessions s using (session_id) where i.input_id = ?`,
  finish: `update inputs set finished = 1, delivered = 1
    where input_id = ? and session_id = ? and kind = 'command' and finished = 0`,
  deliver: `update inputs set delivered = 1 where input_id = ? and delivered = 0`,
  end: `select ${ENTRY_COLUMNS}, n from entries where session_id = ? and command_id = ? and status <> 'streaming'`,
  insertEntry: `insert into entries (${ENTRY_COLUMNS}, n) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  request: `select * from requests where session_id = ? and key = ?`,
  saveRequest: `insert or replace into requests values (?, ?, ?, ?, ?, ?, ?, ?)`,
  requestsOfCommand: `select * from requests where session_id = ? and command_id = ? and state <> 'resolved'`,
} as const

export function openBatch(connection: Connection, now: number): Batch {
  return { connection, now, sessions: new Map(), touched: new Map() }
}

/** Writes the session rows, and says what changed. */
export function finishBatch({ connection, sessions, touched }: Batch): Omit<BatchResult, 'outcomes'> {
  const changed = [...sessions.values()].filter((session) => session.changed)
  const save = connection.prepare(SQL.saveSession)
  for (const row of changed) {
    const { head, last_n, running, attention, last_status, last_code, updated_at } = row
    save.run(head, last_n, running, attention, last_status, last_code, updated_at, row.session_id)
  }
  return {
    sessions: changed.map(toSummary),
    attention: [...touched.values()].map(({ projectId, row }) => ({ projectId, attention: toAttention(row) })),
  }
}

export function loadSession({ connection, sessions }: Batch, sessionId: string): SessionState | undefined {
  const known = sessions.get(sessionId)
  if (known !== undefined) return known
  const row = connection.prepare(SQL.session).get(sessionId) as (SessionRow & { agent_id: string }) | undefined
  if (row === undefined) return undefined
  const state = { ...row, changed: false }
  sessions.set(sessionId, state)
  return state
}

export function createSession(batch: Batch, sessionId: string, projectId: string, title: string | null): SessionState {
  batch.connection.prepare(SQL.createSession).run(sessionId, projectId, title, batch.now, batch.now)
  const created = loadSession(batch, sessionId)
  if (created === undefined) throw new Error('a session that was just created is missing')
  return created
}

export function sessionFacts(session: SessionState | undefined): StoredSession | undefined {
  if (session === undefined) return undefined
  return {
    projectId: session.project_id,
    agentId: session.agent_id,
    lastN: session.last_n,
    running: session.running,
    deleted: session.deleted === 1,
  }
}

type InputFacts = {
  session_id: string
  project_id: string
  seq: number
  body_hash: string
  delivered: number
  finished: number
}

export function loadInput({ connection }: Batch, inputId: string): StoredInput | undefined {
  const row = connection.prepare(SQL.input).get(inputId) as InputFacts | undefined
  if (row === undefined) return undefined
  return {
    sessionId: row.session_id,
    projectId: row.project_id,
    seq: row.seq,
    bodyHash: row.body_hash,
    delivered: row.delivered === 1,
    finished: row.finished === 1,
  }
}

/** The agent holds it, so that it is not offered again. */
export function noteDelivered({ connection }: Batch, inputId: string): void {
  connection.prepare(SQL.deliver).run(inputId)
}

/** The terminal entry of a command; without an `n` the relay wrote it. */
export function loadEnd({ connection }: Batch, sessionId: string, commandId: string) {
  return connection.prepare(SQL.end).get(sessionId, commandId) as (EntryRow & { n: number | null }) | undefined
}

/** Writes an entry as the session's new head. `n` is the agent's number, null for what others write. */
export function insertEntry(batch: Batch, session: SessionState, entry: NewEntry, n: number | null): Entry {
  const seq = session.head + 1
  const { command_id, kind, key, final, digest, body, status, code, author, at } = entry
  batch.connection
    .prepare(SQL.insertEntry)
    .run(session.session_id, seq, command_id, kind, key, final, digest, body, status, code, author, at, n)
  session.head = seq
  session.updated_at = Math.max(session.updated_at, batch.now) // a clock that jumps back moves no session down the list
  session.changed = true
  return toEntry({ ...entry, session_id: session.session_id, seq }, seq - 1)
}

/** A command got its terminal entry: it no longer runs, and nothing of it waits for a person. */
export function endCommand(batch: Batch, session: SessionState, entry: Entry): void {
  const ended = Number(batch.connection.prepare(SQL.finish).run(entry.commandId, session.session_id).changes)
  session.running -= ended
  session.last_status = entry.status === 'error' ? 'error' : 'complete'
  session.last_code = entry.code ?? null
  resolveRequests(batch, session, entry.commandId)
}

export function resolveRequests(batch: Batch, session: SessionState, commandId: string): void {
  const { connection, now } = batch
  const left = connection.prepare(SQL.requestsOfCommand).all(session.session_id, commandId) as RequestRow[]
  for (const row of left) saveRequest(batch, session, { ...row, state: 'resolved', at: now }, row)
}

export function loadRequest({ connection }: Batch, sessionId: string, key: string): RequestRow | undefined {
  return connection.prepare(SQL.request).get(sessionId, key) as RequestRow | undefined
}

export function saveRequest(
  batch: Batch,
  session: SessionState,
  row: RequestRow,
  before: RequestRow | undefined,
): void {
  batch.connection
    .prepare(SQL.saveRequest)
    .run(row.session_id, row.key, row.command_id, row.digest, row.seq, row.state, row.decided_by, row.at)
  session.attention += Number(row.state === 'open') - Number(before?.state === 'open')
  session.changed = true
  batch.touched.set(`${row.session_id} ${row.key}`, { projectId: session.project_id, row })
}
