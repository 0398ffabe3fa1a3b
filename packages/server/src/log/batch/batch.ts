import type { Entry } from '@farhand/shared'
import type { StoredInput, StoredSession } from '../accept.ts'
import { toAttention, toEntry, toSummary, type EntryRow, type RequestRow } from '../rows.ts'
import type { BatchResult } from '../store.ts'
import type { OwnedSession, Tables } from './tables.ts'

/**
 * What a batch holds in memory inside its transaction: the session rows, so that each is read once and written once
 * however many entries it gets, and the requests that it touched.
 */
export type Batch = {
  tables: Tables
  now: number
  sessions: Map<string, SessionState>
  touched: Map<string, { projectId: string; row: RequestRow }>
}

export type SessionState = OwnedSession & { changed: boolean }
export type NewEntry = Omit<EntryRow, 'session_id' | 'seq'>

export function openBatch(tables: Tables, now: number): Batch {
  return { tables, now, sessions: new Map(), touched: new Map() }
}

/** Writes the session rows, and says what changed. */
export function finishBatch({ tables, sessions, touched }: Batch): Omit<BatchResult, 'outcomes'> {
  const changed = [...sessions.values()].filter((session) => session.changed)
  for (const row of changed) tables.saveSession(row)
  return {
    sessions: changed.map(toSummary),
    attention: [...touched.values()].map(({ projectId, row }) => ({ projectId, attention: toAttention(row) })),
  }
}

export function loadSession({ tables, sessions }: Batch, sessionId: string): SessionState | undefined {
  const known = sessions.get(sessionId)
  if (known !== undefined) return known
  const row = tables.session(sessionId)
  if (row === undefined) return undefined
  const state = { ...row, changed: false }
  sessions.set(sessionId, state)
  return state
}

export function createSession(batch: Batch, sessionId: string, projectId: string, title: string | null): SessionState {
  batch.tables.createSession({
    session_id: sessionId,
    project_id: projectId,
    head: 0,
    last_n: 0,
    running: 0,
    attention: 0,
    last_status: null,
    last_code: null,
    title,
    archived: 0,
    pinned: 0,
    read_up_to: 0,
    deleted: 0,
    created_at: batch.now,
    updated_at: batch.now,
    marked_unread: 0,
  })
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

export function loadInput({ tables }: Batch, inputId: string): StoredInput | undefined {
  const row = tables.input(inputId)
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

/** Writes an entry as the session's new head. `n` is the agent's number, null for what others write. */
export function insertEntry(batch: Batch, session: SessionState, entry: NewEntry, n: number | null): Entry {
  const seq = session.head + 1
  const row = { ...entry, session_id: session.session_id, seq, n }
  batch.tables.insertEntry(row)
  session.head = seq
  session.updated_at = Math.max(session.updated_at, batch.now) // a clock that jumps back moves no session down the list
  session.changed = true
  return toEntry(row, seq - 1)
}

/** A command got its terminal entry: it no longer runs, and nothing of it waits for a person. */
export function endCommand(batch: Batch, session: SessionState, entry: Entry): void {
  session.running -= Number(batch.tables.finish(session.session_id, entry.commandId))
  session.last_status = entry.status === 'error' ? 'error' : 'complete'
  session.last_code = entry.code ?? null
  resolveRequests(batch, session, entry.commandId)
}

export function resolveRequests(batch: Batch, session: SessionState, commandId: string): void {
  for (const row of batch.tables.requestsOf(session.session_id, commandId)) {
    saveRequest(batch, session, { ...row, state: 'resolved', at: batch.now }, row)
  }
}

export function saveRequest(
  batch: Batch,
  session: SessionState,
  row: RequestRow,
  before: RequestRow | undefined,
): void {
  batch.tables.saveRequest(row)
  session.attention += Number(row.state === 'open') - Number(before?.state === 'open')
  session.changed = true
  batch.touched.set(`${row.session_id} ${row.key}`, { projectId: session.project_id, row })
}
