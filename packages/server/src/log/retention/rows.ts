import { retentionRuleSchema, retentionScopeSchema, type RetentionRecord } from '@farhand/shared'
import type { ChosenSession, RetentionRound, RuleNote, RuleRecord } from './store.ts'

/** The rows of both stores. Rules are JSON. */

export type RuleRow = {
  scope: string
  rule: string
  set_at: number
  set_by: string
  log_epoch: string
  checked_at: number
  stopped: string | null
}

export type RecordRow = {
  round_id: string
  at: number
  project_id: string
  rule: string
  sessions: number
  entries: number
  bytes: number
  oldest: number
  newest: number
}

export function toRuleRecord(row: RuleRow): RuleRecord {
  return {
    scope: retentionScopeSchema.parse(row.scope),
    rule: retentionRuleSchema.parse(JSON.parse(row.rule)),
    setAt: row.set_at,
    setBy: row.set_by,
    logEpoch: row.log_epoch,
    checkedAt: row.checked_at,
    // Whatever else stands there was written by a newer version: it waits all the same.
    stopped: row.stopped === null ? undefined : row.stopped === 'clock' ? 'clock' : 'log',
  }
}

/** In the order of the table's columns. */
export function toRuleValues(scope: string, rule: Omit<RuleRecord, 'scope'>): (string | number | null)[] {
  const { setAt, setBy, logEpoch, checkedAt, stopped = null } = rule
  return [scope, JSON.stringify(rule.rule), setAt, setBy, logEpoch, checkedAt, stopped]
}

/** What changes of a rule's row; null for what stays. */
export function toNote(note: RuleNote): { checkedAt: number | null; stopped: string | null } {
  return 'stopped' in note ? { checkedAt: null, stopped: note.stopped } : { checkedAt: note.checkedAt, stopped: null }
}

export function toRecord(row: RecordRow): RetentionRecord {
  const { at, project_id: projectId, sessions, entries, bytes, oldest, newest } = row
  return {
    at,
    projectId,
    rule: retentionRuleSchema.parse(JSON.parse(row.rule)),
    sessions,
    entries,
    bytes,
    oldest,
    newest,
  }
}

/** Of one session, in the order of the table's columns; a round's row is the sum of them. */
export function toRecordValues(
  { entries, bytes, updatedAt }: ChosenSession,
  round: RetentionRound,
): (string | number)[] {
  const { roundId, at, projectId, rule } = round
  return [roundId, at, projectId, JSON.stringify(rule), 1, entries, bytes, updatedAt, updatedAt]
}

export function isAsChosen(
  row: { head: number; updated_at: number; running: number; attention: number; pinned: number },
  chosen: ChosenSession,
): boolean {
  const unchanged = row.head === chosen.head && row.updated_at === chosen.updatedAt
  return unchanged && row.running === 0 && row.attention === 0 && row.pinned === 0
}
