import { HELD_KEY_PREFIX, toWaitingInput, type WaitingRow } from '../rows.ts'
import type { ExpiredCommand, Lane, WaitingInput } from '../store.ts'
import type { Connection } from './connection.ts'

/** What waits for an agent: inputs that it has not acknowledged, each with the entry that carries its text. */

const HELD = `r.session_id = i.session_id and r.key = '${HELD_KEY_PREFIX}' || i.input_id`
const FREE = `i.delivered = 0 and not exists (select 1 from requests r where ${HELD} and r.state = 'open')`

const SELECT = `select i.input_id, i.options, i.working_directory, i.expires_at, s.project_id, e.session_id, e.seq,
  e.command_id, e.kind, e.key, e.final, e.digest, e.body, e.status, e.code, e.author, e.at,
  (select r.at from requests r where ${HELD} and r.state = 'decided') as confirmed_at
  from inputs i join sessions s using (session_id) join records e on e.session_id = i.session_id and e.seq = i.seq`

const SQL = {
  next: {
    cancel: `${SELECT} where i.session_id = ? and i.delivered = 0 and i.kind = 'cancel' order by i.seq limit 1`,
    other: `${SELECT} where i.session_id = ? and ${FREE} and i.kind <> 'cancel' order by i.seq limit 1`,
  },
  waiting: `${SELECT} join projects p on p.project_id = s.project_id
    where p.agent_id = ? and ${FREE} order by i.kind <> 'cancel', e.id limit ?`,
  sessions: `select distinct i.session_id from inputs i join sessions s using (session_id)
    join projects p on p.project_id = s.project_id where p.agent_id = ? and i.delivered = 0`,
  open: `select i.session_id as sessionId, i.input_id as commandId from inputs i join sessions s using (session_id)
    join projects p on p.project_id = s.project_id
    where p.agent_id = ? and s.running > 0 and i.kind = 'command' and i.delivered = 1 and i.finished = 0`,
  expired: `select i.input_id as commandId, p.agent_id as agentId
    from inputs i join sessions s using (session_id) join projects p on p.project_id = s.project_id
    where i.delivered = 0 and i.finished = 0 and i.expires_at is not null and i.expires_at <= ?
    order by i.expires_at limit ?`,
} as const

export function nextInput(connection: Connection, sessionId: string, lane: Lane): WaitingInput | undefined {
  const row = connection.prepare(SQL.next[lane]).get(sessionId) as WaitingRow | undefined
  return row === undefined ? undefined : toWaitingInput(row)
}

export function waitingInputs(connection: Connection, agentId: string, limit: number): WaitingInput[] {
  return (connection.prepare(SQL.waiting).all(agentId, limit) as WaitingRow[]).map(toWaitingInput)
}

export function openCommands(connection: Connection, agentId: string): { sessionId: string; commandId: string }[] {
  return connection.prepare(SQL.open).all(agentId) as { sessionId: string; commandId: string }[]
}

export function sessionsWithInputs(connection: Connection, agentId: string): string[] {
  return (connection.prepare(SQL.sessions).all(agentId) as { session_id: string }[]).map((row) => row.session_id)
}

export function expiredCommands(connection: Connection, now: number, limit: number): ExpiredCommand[] {
  return connection.prepare(SQL.expired).all(now, limit) as ExpiredCommand[]
}
