import type { RetentionRecord } from '@farhand/shared'
import {
  isAsChosen,
  toNote,
  toRecord,
  toRecordValues,
  toRuleRecord,
  toRuleValues,
  type RecordRow,
  type RuleRow,
} from '../retention/rows.ts'
import type { ChosenSession, LogRange, LogSize, RetentionRound, RuleNote, RuleRecord } from '../retention/store.ts'
import { toSummary, type SessionRow } from '../rows.ts'
import type { ChangedSession } from '../store.ts'
import type { Connection } from './database.ts'
import { forgetInputs } from './sessions.ts'

/** Rules by which sessions are deleted, and what deleting by them needs. In the caller's transaction, where it writes. */

const SQL = {
  rules: `select * from retention_rules order by scope`,
  set: `insert into retention_rules (scope, rule, set_at, set_by, log_epoch, checked_at, stopped)
    values ($1, $2, $3, $4, $5, $6, $7) on conflict (scope) do update set rule = excluded.rule, set_at = excluded.set_at,
    set_by = excluded.set_by, log_epoch = excluded.log_epoch, checked_at = excluded.checked_at, stopped = excluded.stopped`,
  unset: `delete from retention_rules where scope = $1`,
  note: `update retention_rules set checked_at = coalesce($1::bigint, checked_at), stopped = coalesce($2::text, stopped)
    where scope = $3 and set_at = $4`,
  /** `octet_length` asks where the text lies how long it is, and does not fetch it. */
  measure: `select asked.place, count(e.id)::bigint as entries, coalesce(sum(octet_length(e.body)), 0)::bigint as bytes
    from unnest($1::text[], $2::bigint[], $3::bigint[]) with ordinality asked (session_id, after_seq, up_to, place)
    left join entries e on e.session_id = asked.session_id and e.seq > asked.after_seq and e.seq <= asked.up_to
    group by asked.place order by asked.place`,
  lock: `select * from sessions where session_id = $1 and deleted = 0 for update`,
  delete: `update sessions set deleted = 1, title = null, updated_at = $2 where session_id = $1 returning *`,
  record: `insert into retention_records as r (round_id, at, project_id, rule, sessions, entries, bytes, oldest, newest)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (round_id) do update set
    sessions = r.sessions + excluded.sessions, entries = r.entries + excluded.entries, bytes = r.bytes + excluded.bytes,
    oldest = least(r.oldest, excluded.oldest), newest = greatest(r.newest, excluded.newest)`,
  unerased: `select session_id from sessions s where deleted = 1
    and exists (select 1 from entries e where e.session_id = s.session_id) limit $1`,
  erase: `delete from entries where id in (select e.id from entries e join sessions s using (session_id)
    where e.session_id = $1 and s.deleted = 1 order by e.seq limit $2)`,
  records: `select * from retention_records where $1::text is null or project_id = $1 order by at desc, round_id limit $2`,
} as const

export async function readRules(connection: Connection): Promise<RuleRecord[]> {
  return (await connection.query<RuleRow>(SQL.rules)).map(toRuleRecord)
}

export async function writeRule(
  connection: Connection,
  scope: string,
  rule: Omit<RuleRecord, 'scope'> | undefined,
): Promise<void> {
  if (rule === undefined) await connection.run(SQL.unset, [scope])
  else await connection.run(SQL.set, toRuleValues(scope, rule))
}

export async function noteRule(
  connection: Connection,
  { scope, setAt }: Pick<RuleRecord, 'scope' | 'setAt'>,
  note: RuleNote,
): Promise<void> {
  const { checkedAt, stopped } = toNote(note)
  await connection.run(SQL.note, [checkedAt, stopped, scope, setAt])
}

export async function measureRanges(connection: Connection, ranges: readonly LogRange[]): Promise<LogSize[]> {
  const columns = [
    ranges.map(({ sessionId }) => sessionId),
    ranges.map(({ after }) => after),
    ranges.map(({ upTo }) => upTo),
  ]
  return (await connection.query<LogSize>(SQL.measure, columns)).map(({ entries, bytes }) => ({ entries, bytes }))
}

export async function retireSession(
  connection: Connection,
  chosen: ChosenSession,
  round: RetentionRound,
  now: number,
): Promise<ChangedSession | undefined> {
  const [before] = await connection.query<SessionRow>(SQL.lock, [chosen.sessionId])
  if (before === undefined || !isAsChosen(before, chosen)) return undefined
  const [gone] = await connection.query<SessionRow>(SQL.delete, [chosen.sessionId, now])
  const unused = await forgetInputs(connection, before)
  await connection.run(SQL.record, toRecordValues(chosen, round))
  return gone === undefined ? undefined : { session: toSummary(gone), unused }
}

export async function unerasedSessions(connection: Connection, limit: number): Promise<string[]> {
  return (await connection.query<{ session_id: string }>(SQL.unerased, [limit])).map((row) => row.session_id)
}

export async function eraseEntries(connection: Connection, sessionId: string, limit: number): Promise<boolean> {
  return (await connection.run(SQL.erase, [sessionId, limit])) === limit
}

export async function readRecords(
  connection: Connection,
  projectId: string | undefined,
  limit: number,
): Promise<RetentionRecord[]> {
  return (await connection.query<RecordRow>(SQL.records, [projectId ?? null, limit])).map(toRecord)
}
