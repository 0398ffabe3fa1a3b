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
import { shrinkCompacted } from './compaction.ts'
import type { Connection } from './connection.ts'
import { forgetInputs } from './sessions.ts'

/** Rules by which sessions are deleted, and what deleting by them needs. In the caller's transaction, where it writes. */

/** `octet_length` looks only at the head of a row, however long its text is. */
const SIZE_OF = `from json_each(?) asked join`
const INSIDE = `on e.session_id = asked.value ->> 'sessionId' and e.seq > asked.value ->> 'after'
  and e.seq <= asked.value ->> 'upTo'`

const SQL = {
  rules: `select * from retention_rules order by scope`,
  set: `insert or replace into retention_rules (scope, rule, set_at, set_by, log_epoch, checked_at, stopped)
    values (?, ?, ?, ?, ?, ?, ?)`,
  unset: `delete from retention_rules where scope = ?`,
  note: `update retention_rules set checked_at = coalesce(?, checked_at), stopped = coalesce(?, stopped)
    where scope = ? and set_at = ?`,
  measure: `select place, sum(entries) as entries, sum(bytes) as bytes from (
    select asked.key as place, count(*) as entries, sum(octet_length(e.body)) as bytes
      ${SIZE_OF} records e ${INSIDE} group by asked.key
    union all
    select asked.key, sum(e.count), sum(octet_length(e.texts)) ${SIZE_OF} previews e ${INSIDE} group by asked.key)
    group by place`,
  session: `select * from sessions where session_id = ? and deleted = 0`,
  delete: `update sessions set deleted = 1, title = null, updated_at = ? where session_id = ? returning *`,
  record: `insert into retention_records (round_id, at, project_id, rule, sessions, entries, bytes, oldest, newest)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (round_id) do update set sessions = sessions + excluded.sessions,
    entries = entries + excluded.entries, bytes = bytes + excluded.bytes, oldest = min(oldest, excluded.oldest),
    newest = max(newest, excluded.newest)`,
  unerased: `select session_id from sessions s where deleted = 1 and (
    exists (select 1 from records r where r.session_id = s.session_id)
    or exists (select 1 from previews p where p.session_id = s.session_id)) limit ?`,
  eraseRecords: `delete from records where id in (
    select r.id from records r join sessions s using (session_id) where r.session_id = ? and s.deleted = 1 order by r.seq limit ?)`,
  erasePreviews: `delete from previews where id in (
    select p.id from previews p join sessions s using (session_id) where p.session_id = ? and s.deleted = 1 order by p.seq limit ?)`,
  records: `select * from retention_records where ?1 is null or project_id = ?1 order by at desc, round_id limit ?2`,
} as const

export function readRules({ prepare }: Connection): RuleRecord[] {
  return (prepare(SQL.rules).all() as RuleRow[]).map(toRuleRecord)
}

export function writeRule({ prepare }: Connection, scope: string, rule: Omit<RuleRecord, 'scope'> | undefined): void {
  if (rule === undefined) prepare(SQL.unset).run(scope)
  else prepare(SQL.set).run(...toRuleValues(scope, rule))
}

export function noteRule(
  { prepare }: Connection,
  { scope, setAt }: Pick<RuleRecord, 'scope' | 'setAt'>,
  note: RuleNote,
): void {
  const { checkedAt, stopped } = toNote(note)
  prepare(SQL.note).run(checkedAt, stopped, scope, setAt)
}

export function measureRanges({ prepare }: Connection, ranges: readonly LogRange[]): LogSize[] {
  const asked = JSON.stringify(ranges)
  const rows = prepare(SQL.measure).all(asked, asked) as (LogSize & { place: number })[]
  const sizes = new Map(rows.map(({ place, entries, bytes }) => [place, { entries, bytes }]))
  return ranges.map((_range, place) => sizes.get(place) ?? { entries: 0, bytes: 0 })
}

export function retireSession(
  connection: Connection,
  chosen: ChosenSession,
  round: RetentionRound,
  now: number,
): ChangedSession | undefined {
  const { prepare } = connection
  const before = prepare(SQL.session).get(chosen.sessionId) as SessionRow | undefined
  if (before === undefined || !isAsChosen(before, chosen)) return undefined
  const gone = prepare(SQL.delete).get(now, chosen.sessionId) as SessionRow
  const unused = forgetInputs(connection, toSummary(before))
  prepare(SQL.record).run(...toRecordValues(chosen, round))
  return { session: toSummary(gone), unused }
}

export function unerasedSessions({ prepare }: Connection, limit: number): string[] {
  return (prepare(SQL.unerased).all(limit) as { session_id: string }[]).map((row) => row.session_id)
}

export function eraseEntries(connection: Connection, sessionId: string, limit: number): boolean {
  const records = Number(connection.prepare(SQL.eraseRecords).run(sessionId, limit).changes)
  const previews = Number(connection.prepare(SQL.erasePreviews).run(sessionId, limit).changes)
  shrinkCompacted(connection)
  return records === limit || previews === limit
}

export function readRecords({ prepare }: Connection, projectId: string | undefined, limit: number): RetentionRecord[] {
  return (prepare(SQL.records).all(projectId ?? null, limit) as RecordRow[]).map(toRecord)
}
