import { claudeCodeOptionsSchema, type Attention, type SessionSummary } from '@farhand/shared'
import { markAfter, toAttention, toSummary, type RequestRow, type SessionRow } from '../rows.ts'
import type { ChangedSession, SessionChange } from '../store.ts'
import type { Connection } from './database.ts'

/** Session rows as people see them: lists, summaries, titles, what they have read. */

const SQL = {
  session: `select * from sessions where session_id = $1 and deleted = 0`,
  sessions: `select * from sessions where project_id = $1 and deleted = 0 order by updated_at desc`,
  heads: `select session_id, head from sessions where session_id = any($1) and deleted = 0`,
  openRequests: `select r.* from requests r join sessions s using (session_id)
    where s.project_id = $1 and r.state = 'open' order by r.at`,
  lock: `select * from sessions where session_id = $1 and deleted = 0 for update`,
  change: `update sessions set title = $2, archived = $3, pinned = $4, read_up_to = $5, updated_at = $6, marked_unread = $7
    where session_id = $1 returning *`,
  delete: `update sessions set deleted = 1, title = null, attention = 0, running = 0 where session_id = $1 returning *`,
  options: `select options from inputs where session_id = $1 and options is not null`,
  /** Ids are unique, so that one which stands anywhere in options is named there. An attachment belongs to one project. */
  isNamed: `select 1 from inputs join sessions using (session_id)
    where sessions.project_id = $1 and position($2 in inputs.options) > 0 limit 1`,
  eraseRequests: `delete from requests where session_id = $1`,
  eraseEntries: `delete from entries where session_id = $1`,
  eraseInputs: `update inputs set delivered = 1, finished = 1, options = null, working_directory = null
    where session_id = $1`,
} as const

export async function readSession(connection: Connection, sessionId: string): Promise<SessionSummary | undefined> {
  const [row] = await connection.query<SessionRow>(SQL.session, [sessionId])
  return row === undefined ? undefined : toSummary(row)
}

export async function readSessions(connection: Connection, projectId: string): Promise<SessionSummary[]> {
  return (await connection.query<SessionRow>(SQL.sessions, [projectId])).map(toSummary)
}

export async function readHeads(connection: Connection, sessionIds: readonly string[]): Promise<Map<string, number>> {
  const rows = await connection.query<{ session_id: string; head: number }>(SQL.heads, [sessionIds])
  return new Map(rows.map((row) => [row.session_id, row.head]))
}

export async function readOpenRequests(connection: Connection, projectId: string): Promise<Attention[]> {
  return (await connection.query<RequestRow>(SQL.openRequests, [projectId])).map(toAttention)
}

/** In the caller's transaction. Answers the session as it stands then, also when that is deleted. */
export async function changeSession(
  connection: Connection,
  sessionId: string,
  change: SessionChange,
  now: number,
): Promise<ChangedSession | undefined> {
  const [before] = await connection.query<SessionRow>(SQL.lock, [sessionId])
  if (before === undefined) return undefined
  const { title, archived, pinned, readUpTo, deleted } = change
  const reordering = title !== undefined || archived !== undefined || pinned !== undefined || deleted !== undefined
  const [changed] = await connection.query<SessionRow>(SQL.change, [
    sessionId,
    title ?? before.title,
    archived === undefined ? before.archived : Number(archived),
    pinned === undefined ? before.pinned : Number(pinned),
    // Never backwards: another device may have read further.
    Math.max(before.read_up_to, Math.min(readUpTo ?? 0, before.head)),
    reordering ? now : before.updated_at,
    markAfter(before, change),
  ])
  if (deleted === undefined) return changed === undefined ? undefined : { session: toSummary(changed), unused: [] }
  const [gone] = await connection.query<SessionRow>(SQL.delete, [sessionId])
  const unused = await eraseContents(connection, before)
  return gone === undefined ? undefined : { session: toSummary(gone), unused }
}

async function eraseContents(connection: Connection, session: SessionRow): Promise<string[]> {
  await connection.run(SQL.eraseEntries, [session.session_id])
  return await forgetInputs(connection, session)
}

/**
 * What was asked of a session that is deleted. The ids stay, so that a late repeat of a command is still recognised.
 * @returns the attachments that nobody names any more
 */
export async function forgetInputs(
  connection: Connection,
  { session_id, project_id }: Pick<SessionRow, 'session_id' | 'project_id'>,
): Promise<string[]> {
  const rows = await connection.query<{ options: string }>(SQL.options, [session_id])
  for (const text of [SQL.eraseRequests, SQL.eraseInputs]) await connection.run(text, [session_id])
  const unused: string[] = []
  for (const attachmentId of new Set(rows.flatMap(({ options }) => attachmentsIn(options)))) {
    const others = await connection.query(SQL.isNamed, [project_id, attachmentId])
    if (others.length === 0) unused.push(attachmentId)
  }
  return unused
}

function attachmentsIn(options: string): readonly string[] {
  return claudeCodeOptionsSchema.parse(JSON.parse(options)).attachments ?? []
}
