import { createHash } from 'node:crypto'
import {
  FarhandError,
  MAX_PLANNED_SESSIONS,
  canonicalJson,
  type RetentionPlan,
  type RetentionRule,
  type RetentionScope,
  type RetentionState,
} from '@farhand/shared'
import {
  bytesOf,
  decideNotice,
  decideRetention,
  type DueSession,
  type WeighedSession,
} from '../log/retention/decide.ts'
import type { RuleRecord } from '../log/retention/store.ts'
import { weigh } from '../log/retention/weigh.ts'
import type { Store } from '../log/store.ts'
import { requireProject, type Context, type Principal } from './context.ts'

/** Rules that delete sessions by themselves: what one would do is seen before it is set. */

const SHOWN_RECORDS = 20
const DIGEST_CHARS = 32

type Place = Pick<Context, 'store' | 'clock'>

/** The scope, if it exists and the principal may set rules there. */
export async function requireScope(context: Context, principal: Principal, scope: RetentionScope): Promise<void> {
  if (scope !== 'default') await requireProject(context, principal, scope)
}

/** How it is, or with `rule` how it would be. */
export async function readRetention(
  { store, clock }: Place,
  scope: RetentionScope,
  rule?: RetentionRule | null,
): Promise<RetentionState> {
  const rules = new Map((await store.retentionRules()).map((record) => [record.scope, record]))
  const found = rules.get(scope)
  const own = rule === undefined ? (found?.rule ?? null) : rule
  const general = (scope === 'default' ? own : rules.get('default')?.rule) ?? null
  const effective = own ?? general ?? {}
  const now = clock.now()
  const projects: WeighedSession[][] = []
  for (const projectId of await projectsOf(store, scope, [...rules.values()])) {
    projects.push(await weigh(store, await store.sessions(projectId)))
  }
  const due = projects.flatMap((sessions) => decideRetention(sessions, effective, now))
  const next = projects.flatMap((sessions) => decideNotice(sessions, effective, now))
  // A rule that comes from the default waits where that one waits.
  const acting = found ?? rules.get('default')
  return {
    rule: own,
    default: general,
    ...(found === undefined ? {} : { set: { at: found.setAt, by: found.setBy } }),
    ...(acting?.stopped === undefined || rule !== undefined ? {} : { stopped: acting.stopped }),
    holds: sumsOf(projects.flat()),
    now: planOf(due),
    next: planOf(next),
    digest: digestOf(scope, own, due),
    records: await store.retentionRecords(scope === 'default' ? undefined : scope, SHOWN_RECORDS),
  }
}

/**
 * @param said.digest of the plan that was looked at
 * @throws FarhandError `STALE` where the rule would delete something else by now
 */
export async function setRetention(
  place: Place,
  scope: RetentionScope,
  said: { rule: RetentionRule | null; digest: string; by: string },
): Promise<RetentionState> {
  const planned = await readRetention(place, scope, said.rule)
  if (planned.digest !== said.digest) {
    throw new FarhandError('STALE', 'The rule would delete other sessions by now. Look at them, and confirm again.')
  }
  const { store, clock } = place
  const now = clock.now()
  const { logEpoch } = store
  const record = { setAt: now, setBy: said.by, logEpoch, checkedAt: now, stopped: undefined }
  await store.setRetentionRule(scope, said.rule === null ? undefined : { rule: said.rule, ...record })
  return await readRetention(place, scope)
}

/** Those that a rule acts on: the default on each project that has none of its own. */
export async function projectsOf(
  store: Pick<Store, 'projects'>,
  scope: RetentionScope,
  rules: readonly RuleRecord[],
): Promise<string[]> {
  if (scope !== 'default') return [scope]
  const own = new Set(rules.map((record) => record.scope))
  return (await store.projects()).map(({ projectId }) => projectId).filter((projectId) => !own.has(projectId))
}

function planOf(due: readonly DueSession[]): RetentionPlan {
  const times = due.map(({ updatedAt }) => updatedAt)
  const first = due.slice(0, MAX_PLANNED_SESSIONS).map((session) => {
    const { sessionId, projectId, title, updatedAt, entries, bytes, why } = session
    return { sessionId, projectId, ...(title === undefined ? {} : { title }), updatedAt, entries, bytes, why }
  })
  if (times.length === 0) return { ...sumsOf(due), first }
  const span = { oldest: times.reduce((a, b) => Math.min(a, b)), newest: times.reduce((a, b) => Math.max(a, b)) }
  return { ...sumsOf(due), ...span, first }
}

function sumsOf(sessions: readonly WeighedSession[]): { sessions: number; entries: number; bytes: number } {
  const entries = sessions.reduce((sum, one) => sum + one.entries, 0)
  return { sessions: sessions.length, entries, bytes: bytesOf(sessions) }
}

function digestOf(scope: RetentionScope, rule: RetentionRule | null, due: readonly DueSession[]): string {
  const plan = { scope, rule, due: due.map(({ sessionId, head }) => [sessionId, head]) }
  return createHash('sha256').update(canonicalJson(plan)).digest('hex').slice(0, DIGEST_CHARS)
}
