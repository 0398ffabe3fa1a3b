import type { Attention, SessionSummary } from '@farhand/shared'
import type { SessionChange } from '../store.ts'
import { builder, type Connection } from './connection.ts'
import { toAttention, toSummary } from './rows.ts'

/** Session rows as people see them: lists, summaries, titles, what they have read. */

export function readSession(connection: Connection, sessionId: string): SessionSummary | undefined {
  const row = connection.first(
    builder.selectFrom('sessions').selectAll().where('session_id', '=', sessionId).where('deleted', '=', 0).compile(),
  )
  return row === undefined ? undefined : toSummary(row)
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
): SessionSummary | undefined {
  const before = readSession(connection, sessionId)
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
        ...(readUpTo === undefined ? {} : { read_up_to: Math.max(before.readUpTo, Math.min(readUpTo, before.head)) }),
        ...(deleted === undefined ? {} : { deleted: 1, title: null, attention: 0, running: 0 }),
        updated_at: reordering || deleted ? now : before.updatedAt,
      })
      .where('session_id', '=', sessionId)
      .returningAll()
      .compile(),
  )
  if (deleted === true) eraseContents(connection, sessionId)
  return row === undefined ? undefined : toSummary(row)
}

/** The ids stay, so that a late repeat of a command is still recognised; what was said goes. */
function eraseContents(connection: Connection, sessionId: string): void {
  connection.run(builder.deleteFrom('requests').where('session_id', '=', sessionId).compile())
  connection.run(builder.deleteFrom('entries').where('session_id', '=', sessionId).compile())
  connection.run(
    builder
      .updateTable('inputs')
      .set({ delivered: 1, finished: 1, options: null, working_directory: null })
      .where('session_id', '=', sessionId)
      .compile(),
  )
}
