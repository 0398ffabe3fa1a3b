import { ENTRY_COLUMNS, type EntryRow, type RequestRow } from '../rows.ts'
import type { InputFacts, NumberedEntry, OwnedSession, Tables } from '../batch/tables.ts'
import { newestPosition } from './compaction.ts'
import type { Connection } from './connection.ts'
import type { Kept } from './keptSessions.ts'
import { openPreviews } from './previews.ts'

const SQL = {
  project: `select 1 from projects where project_id = ?`,
  session: `select s.*, p.agent_id from sessions s join projects p using (project_id) where s.session_id = ?`,
  createSession: `insert into sessions values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  saveSession: `update sessions set head = ?, last_n = ?, running = ?, attention = ?, last_status = ?, last_code = ?,
    updated_at = ? where session_id = ?`,
  input: `select i.session_id, s.project_id, i.seq, i.body_hash, i.delivered, i.finished
    from inputs i join sessions s using (session_id) where i.input_id = ?`,
  insertInput: `insert into inputs values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  deliver: `update inputs set delivered = 1 where input_id = ? and delivered = 0`,
  finish: `update inputs set finished = 1, delivered = 1
    where input_id = ? and session_id = ? and kind = 'command' and finished = 0`,
  end: `select ${ENTRY_COLUMNS}, n from records where session_id = ? and command_id = ? and status <> 'streaming'`,
  entryByN: `select ${ENTRY_COLUMNS} from records where session_id = ? and n = ?`,
  begun: `select 1 from records where session_id = ? and command_id = ? and n is not null limit 1`,
  insertEntry: `insert into records (id, ${ENTRY_COLUMNS}, n) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  request: `select * from requests where session_id = ? and key = ?`,
  requestsOf: `select * from requests where session_id = ? and command_id = ? and state <> 'resolved'`,
  saveRequest: `insert or replace into requests values (?, ?, ?, ?, ?, ?, ?, ?)`,
} as const

/**
 * For one batch, with what is known of the last ones. Every question and every write is a statement, inside the caller's
 * transaction; previews wait until `write`, which ends the batch.
 */
export function sqliteTables(connection: Connection, kept: Kept): Tables & { write(): void } {
  const { prepare } = connection
  const { sessions } = kept
  const nextId = (): number => (kept.newestId = (kept.newestId ?? newestPosition(connection)) + 1)
  const previews = openPreviews(connection, nextId)

  return {
    write: previews.write,
    hasProject: (projectId) => prepare(SQL.project).get(projectId) !== undefined,
    session: (sessionId) => {
      const known = sessions.get(sessionId)
      if (known !== undefined) return known
      const row = prepare(SQL.session).get(sessionId) as OwnedSession | undefined
      if (row !== undefined) sessions.set(sessionId, row)
      return row
    },
    createSession: (row) => {
      const { session_id, project_id, head, last_n, running, attention, last_status, last_code, title } = row
      const { archived, pinned, read_up_to, deleted, created_at, updated_at, marked_unread } = row
      prepare(SQL.createSession).run(
        ...[session_id, project_id, head, last_n, running, attention, last_status, last_code, title],
        ...[archived, pinned, read_up_to, deleted, created_at, updated_at, marked_unread],
      )
    },
    saveSession: ({ head, last_n, running, attention, last_status, last_code, updated_at, session_id }) => {
      prepare(SQL.saveSession).run(head, last_n, running, attention, last_status, last_code, updated_at, session_id)
      const known = sessions.get(session_id)
      if (known === undefined) return
      Object.assign(known, { head, last_n, running, attention, last_status, last_code, updated_at })
    },
    input: (inputId) => prepare(SQL.input).get(inputId) as InputFacts | undefined,
    insertInput: (row) => {
      const { input_id, session_id, seq, kind, body_hash, options, working_directory, expires_at } = row
      prepare(SQL.insertInput).run(
        ...[input_id, session_id, seq, kind, body_hash, options, working_directory, expires_at],
        ...[row.delivered, row.finished],
      )
    },
    deliver: (inputId) => {
      prepare(SQL.deliver).run(inputId)
    },
    finish: (sessionId, commandId) => Number(prepare(SQL.finish).run(commandId, sessionId).changes) > 0,
    end: (sessionId, commandId) => prepare(SQL.end).get(sessionId, commandId) as NumberedEntry | undefined,
    entryByN: (sessionId, n) => {
      previews.write()
      const record = prepare(SQL.entryByN).get(sessionId, n) as EntryRow | undefined
      return record ?? previews.byN(sessionId, n)
    },
    hasBegun: (sessionId, commandId) => {
      previews.write()
      return prepare(SQL.begun).get(sessionId, commandId) !== undefined || previews.hasOf(sessionId, commandId)
    },
    insertEntry: (row) => {
      if (previews.take(row)) return
      const { session_id, seq, command_id, kind, key, final, digest, body, status, code, author, at, n } = row
      prepare(SQL.insertEntry).run(
        ...[nextId(), session_id, seq, command_id, kind, key, final, digest, body, status, code, author, at, n],
      )
    },
    request: (sessionId, key) => prepare(SQL.request).get(sessionId, key) as RequestRow | undefined,
    requestsOf: (sessionId, commandId) => prepare(SQL.requestsOf).all(sessionId, commandId) as RequestRow[],
    saveRequest: ({ session_id, key, command_id, digest, seq, state, decided_by, at }) => {
      prepare(SQL.saveRequest).run(session_id, key, command_id, digest, seq, state, decided_by, at)
    },
  }
}
