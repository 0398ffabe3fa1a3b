import type { Attention, SessionSummary } from '@farhand/shared'
import { markAfter, toAttention, toSummary, type SessionRow } from '../rows.ts'
import type { ChangedSession, SessionChange } from '../store.ts'
import { shrinkCompacted } from './compaction.ts'
import { builder, withParameters, type Connection } from './connection.ts'

/** Session rows as people see them: lists, summaries, titles, what they have read. */

/** Built once, because everybody who comes back asks for it; its parameters are put in by those who ask. */
const SESSION = builder
  .selectFrom('sessions')
  .selectAll()
  .where('session_id', '=', '')
  .where('deleted', '=', 0)
  .compile()

export function readSession(connection: Connection, sessionId: string): SessionSummary | undefined {
  const row = readRow(connection, sessionId)
  return row === undefined ? undefined : toSummary(row)
}

function readRow(connection: Connection, sessionId: string): SessionRow | undefined {
  return connection.first(withParameters(SESSION, sessionId, 0))
}

export function readSessions(connection: Connection, projectId: string): SessionSummary[] {
  const query = builder
    .selectFrom('sessions')
    .selectAll()
    .where('project_id', '=', projectId)
    .where('deleted', '=', 0)
    .orderBy('updated_at', 'desc')
    .compile()
  return connection.all(query).map(toSummary)
}

const HEADS = `select session_id, head from sessions
  where deleted = 0 and session_id in (select value from json_each(?))`

export function readHeads(connection: Connection, sessionIds: readonly string[]): Map<string, number> {
  const rows = connection.prepare(HEADS).all(JSON.stringify(sessionIds)) as { session_id: string; head: number }[]
  return new Map(rows.map((row) => [row.session_id, row.head]))
}

export function readOpenRequests(connection: Connection, projectId: string): Attention[] {
  const query = builder
    .selectFrom('requests')
    .innerJoin('sessions', 'sessions.session_id', 'requests.session_id')
    .selectAll('requests')
    .where('sessions.project_id', '=', projectId)
    .where('requests.state', '=', 'open')
    .orderBy('requests.at')
    .compile()
  return connection.all(query).map(toAttention)
}

/** In the caller's transaction. Answers the session as it stands then, also when that is deleted. */
export function changeSession(
  connection: Connection,
  sessionId: string,
  change: SessionChange,
  now: number,
): ChangedSession | undefined {
  const before = readRow(connection, sessionId)
  if (before === undefined) return undefined
  const { title, archived, pinned, readUpTo, deleted } = change
  const reordering = title !== undefined || archived !== undefined || pinned !== undefined
  const row = connection.first(
    builder
      .updateTable('sessions')
      .set({
        ...(title === undefined ? {} : { title }),
        ...(archived === undefined ? {} : { archived: Number(archived) }),
        ...(pinned === undefined ? {} : { pinned: Number(pinned) }),
        // Never backwards: another device may have read further.
        ...(readUpTo === undefined ? {} : { read_up_to: Math.max(before.read_up_to, Math.min(readUpTo, before.head)) }),
        marked_unread: markAfter(before, change),
        ...(deleted === undefined ? {} : { deleted: 1, title: null, attention: 0, running: 0 }),
        updated_at: reordering || deleted ? now : before.updated_at,
      })
      .where('session_id', '=', sessionId)
      .returningAll()
      .compile(),
  )
  const unused = deleted === true ? eraseContents(connection, toSummary(before)) : []
  return row === undefined ? undefined : { session: toSummary(row), unused }
}

const ATTACHMENTS = `select distinct named.value as id from inputs, json_each(inputs.options, '$.attachments') named
  where inputs.session_id = ?`
/** Ids are unique, so that one which stands anywhere in options is named there. An attachment belongs to one project. */
const IS_NAMED = `select 1 from inputs join sessions using (session_id)
  where sessions.project_id = ? and instr(inputs.options, ?) > 0 limit 1`

function eraseContents(connection: Connection, session: SessionSummary): string[] {
  const { sessionId } = session
  const unused = forgetInputs(connection, session)
  connection.run(builder.deleteFrom('records').where('session_id', '=', sessionId).compile())
  connection.run(builder.deleteFrom('previews').where('session_id', '=', sessionId).compile())
  shrinkCompacted(connection)
  return unused
}

/**
 * What was asked of a session that is deleted. The ids stay, so that a late repeat of a command is still recognised.
 * @returns the attachments that nobody names any more
 */
export function forgetInputs(connection: Connection, { sessionId, projectId }: SessionSummary): string[] {
  const attachments = connection.prepare(ATTACHMENTS).all(sessionId) as { id: string }[]
  connection.run(builder.deleteFrom('requests').where('session_id', '=', sessionId).compile())
  connection.run(
    builder
      .updateTable('inputs')
      .set({ delivered: 1, finished: 1, options: null, working_directory: null })
      .where('session_id', '=', sessionId)
      .compile(),
  )
  const isNamed = connection.prepare(IS_NAMED)
  return attachments.map(({ id }) => id).filter((id) => isNamed.get(projectId, id) === undefined)
}
