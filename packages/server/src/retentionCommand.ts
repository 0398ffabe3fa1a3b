import {
  FarhandError,
  retentionRuleSchema,
  retentionScopeSchema,
  type RetentionPlan,
  type RetentionRecord,
  type RetentionRule,
  type RetentionScope,
  type RetentionState,
} from '@farhand/shared'
import { readRetention, setRetention } from './actions/retention.ts'
import type { Store } from './log/store.ts'
import { printable } from './printable.ts'

/** What may be deleted by itself, looked at and changed by hand, beside a running relay too. */

const USAGE = `Usage: farhand-server retention [PROJECT|default [--days N] [--size SIZE] | --keep | --none] [--yes]
SIZE is a number with KB, MB or GB, such as 500MB.`
const UNITS = { KB: 1_000, MB: 1_000_000, GB: 1_000_000_000 } as const
const SHOWN_SESSIONS = 20
const SHOWN_RECORDS = 5

export type RetentionFlags = {
  days?: string | undefined
  size?: string | undefined
  /** Keeps everything, whatever the default says. */
  keep?: boolean | undefined
  /** Takes the rule away. */
  none?: boolean | undefined
  /** Sets it; without, it is only said what it would do. */
  yes?: boolean | undefined
}

/** `retention`, `retention SCOPE`, and with flags a rule for it. Answers what to tell the person. */
export async function changeRetention(
  open: () => Promise<Store>,
  args: readonly string[],
  flags: RetentionFlags,
  clock: { now(): number } = Date,
): Promise<string> {
  const [name, ...rest] = args
  const rule = ruleOf(flags)
  if (rest.length > 0 || (name === undefined && (rule !== undefined || flags.yes === true))) throw usage()
  const store = await open()
  try {
    if (name === undefined) return await listRules(store)
    const scope = await scopeOf(store, name)
    const place = { store, clock }
    const state = await readRetention(place, scope, rule)
    if (rule === undefined) return describe(state, 'deletes')
    if (flags.yes !== true) return `${describe(state, 'would delete')}\nNothing was changed. Add --yes to set it.`
    const set = await setRetention(place, scope, { rule, digest: state.digest, by: 'command line' })
    return `${describe(set, 'deletes')}\nIt is set. The relay begins within a minute.`
  } finally {
    await store.close()
  }
}

async function listRules(store: Store): Promise<string> {
  const rules = new Map((await store.retentionRules()).map((record) => [record.scope, record]))
  const line = (scope: RetentionScope, name: string): string => {
    const found = rules.get(scope)
    const waits = found?.stopped === undefined ? '' : `  waits: ${STOPPED[found.stopped]}`
    return `${scope.padEnd(36)}  ${printable(name)}: ${found === undefined ? 'no rule' : inWords(found.rule)}${waits}`
  }
  const projects = await store.projects()
  const lines = projects.map(({ projectId, name, agentName }) => line(projectId, `${name} on ${agentName}`))
  return [line('default', 'projects without a rule'), ...lines].join('\n')
}

async function scopeOf(store: Store, name: string): Promise<RetentionScope> {
  const parsed = retentionScopeSchema.safeParse(name)
  const known = parsed.success && (parsed.data === 'default' || (await store.project(parsed.data)) !== undefined)
  if (known) return parsed.data
  throw new FarhandError('NOT_FOUND', `There is no project ${printable(name)}; \`retention\` names them.`)
}

/** Undefined where nothing is to be changed. */
function ruleOf({ days, size, keep, none }: RetentionFlags): RetentionRule | null | undefined {
  const limits = days !== undefined || size !== undefined
  if (Number(limits) + Number(keep === true) + Number(none === true) > 1) throw usage()
  if (none === true) return null
  if (keep === true) return {}
  if (!limits) return undefined
  const rule = {
    ...(days === undefined ? {} : { maxAgeDays: /^\d+$/.test(days) ? Number(days) : Number.NaN }),
    ...(size === undefined ? {} : { maxBytes: bytesOf(size) }),
  }
  const parsed = retentionRuleSchema.safeParse(rule)
  if (!parsed.success) throw usage()
  return parsed.data
}

function bytesOf(size: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)\s*(KB|MB|GB)$/i.exec(size) ?? []
  const factor = Object.entries(UNITS).find(([name]) => name === unit?.toUpperCase())?.[1]
  return Math.round(Number(number) * (factor ?? Number.NaN))
}

const STOPPED = {
  clock: 'the clock leapt since it was last acted on, or the relay did not run for a week; set it again to go on',
  log: 'the log was put back since it was set; set it again to go on',
} as const

function describe(state: RetentionState, verb: string): string {
  const own =
    state.rule === null ? `no rule of its own${state.default === null ? '' : ', the default counts'}` : 'its rule'
  const { holds, stopped, records } = state
  return [
    `Rule: ${inWords(state.rule ?? state.default ?? {})} (${own}).`,
    ...(stopped === undefined ? [] : [`It waits: ${STOPPED[stopped]}.`]),
    `The log holds ${sums(holds)}.`,
    `Now it ${verb} ${plan(state.now)}`,
    `Within a week it ${verb} ${plan(state.next)}`,
    'Pinned sessions, and those in which something runs or waits, stay.',
    ...(records.length === 0 ? [] : ['Deleted lately:', ...records.slice(0, SHOWN_RECORDS).map(recordLine)]),
  ].join('\n')
}

function inWords({ maxAgeDays, maxBytes }: RetentionRule): string {
  const parts = [
    ...(maxAgeDays === undefined ? [] : [`sessions go ${count(maxAgeDays, 'day', 'days')} after their last change`]),
    ...(maxBytes === undefined ? [] : [`the oldest go where the log is larger than ${megabytes(maxBytes)}`]),
  ]
  return parts.length === 0 ? 'everything is kept' : parts.join(', and ')
}

function plan({ first, oldest, newest, ...rest }: RetentionPlan): string {
  if (oldest === undefined || newest === undefined) return 'nothing.'
  const lines = first
    .slice(0, SHOWN_SESSIONS)
    .map((one) => `  ${day(one.updatedAt)}  ${one.sessionId}  ${megabytes(one.bytes)}  ${printable(one.title ?? '')}`)
  const more = rest.sessions - lines.length
  return [
    `${sums(rest)}, last changed ${day(oldest)} to ${day(newest)}:`,
    ...lines,
    ...(more > 0 ? [`  and ${more} more`] : []),
  ].join('\n')
}

function recordLine({ at, rule, ...rest }: RetentionRecord): string {
  return `  ${new Date(at).toISOString()}  ${sums(rest)}, because ${inWords(rule)}`
}

function sums({ sessions, entries, bytes }: { sessions: number; entries: number; bytes: number }): string {
  return `${count(sessions, 'session', 'sessions')}, ${count(entries, 'entry', 'entries')}, ${megabytes(bytes)}`
}

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`
}

function megabytes(bytes: number): string {
  return `${(bytes / UNITS.MB).toFixed(1)} MB`
}

function day(at: number): string {
  return new Date(at).toISOString().slice(0, '2026-01-01'.length)
}

function usage(): FarhandError {
  return new FarhandError('BAD_REQUEST', USAGE)
}
