import { FarhandError, NOTHING_COUNTED, addCounted, type ClaudeCodeOptions, type Counted } from '@farhand/shared'

/** What sessions and projects may use up before somebody is asked. What is left out has no limit. */
export type BudgetLimits = {
  sessionUsd?: number
  sessionTurns?: number
  sessionMs?: number
  /** Per calendar day of this machine. */
  projectUsdPerDay?: number
}

export type Spent = { costUsd: number; turns: number; ms: number }
/** `raised`: by how many limits it may go beyond the first one, because somebody said that it may go on. */
export type Account = Spent & { raised: Record<Overrun['what'], number> } & Counting
export type DayAccount = { day: string; costUsd: number; raised: number } & Counting
/** For people alone; no limit goes by it. Left out: it began before this was counted. */
type Counting = { counted?: Counted | undefined }

export const NOTHING_SPENT: Account = {
  costUsd: 0,
  turns: 0,
  ms: 0,
  counted: NOTHING_COUNTED,
  raised: { cost: 0, turns: 0, time: 0 },
}

/** What began before it was counted stays without: a part would look like the whole. Pure. */
export function countOn({ counted: before }: Counting, more: Counted): Counting {
  return before === undefined ? {} : { counted: addCounted(before, more) }
}

/** A limit that is used up. `handedOut`: what of it runs at work may still use. */
export type Overrun = {
  scope: 'session' | 'project'
  what: 'cost' | 'turns' | 'time'
  limit: number
  spent: number
  handedOut?: number
}

/** What a run may use. */
export type Left = { costUsd?: number; turns?: number }

/**
 * What a run may be handed, and whether something is used up. Pure.
 * @param handedOut what other runs of the project were handed and have not used up yet
 */
export function look(
  limits: BudgetLimits,
  session: Account,
  day: DayAccount,
  handedOut = 0,
): { left: Left; over?: Overrun } {
  const { raised } = session
  const ofSession = [
    check('cost', limits.sessionUsd, raised.cost, session.costUsd),
    check('turns', limits.sessionTurns, raised.turns, session.turns),
    check('time', limits.sessionMs, raised.time, session.ms),
  ].filter((each) => each !== undefined)
  const ofProject = limits.projectUsdPerDay === undefined ? [] : [checkDay(limits.projectUsdPerDay, day, handedOut)]
  const over = [...ofSession, ...ofProject].find(({ limit, spent, handedOut: out = 0 }) => spent + out >= limit)
  const costs = [
    ...ofSession.filter(({ what }) => what === 'cost').map(({ limit, spent }) => limit - spent),
    ...ofProject.map(({ limit, spent }) => shareOf(limit - spent - handedOut, limits.projectUsdPerDay ?? 0)),
  ]
  const turns = ofSession.filter(({ what }) => what === 'turns').map(({ limit, spent }) => limit - spent)
  return {
    left: {
      ...(costs.length === 0 ? {} : { costUsd: Math.min(...costs) }),
      ...(turns.length === 0 ? {} : { turns: Math.min(...turns) }),
    },
    ...(over === undefined ? {} : { over }),
  }
}

function check(what: Overrun['what'], limit: number | undefined, raised: number, spent: number): Overrun | undefined {
  return limit === undefined ? undefined : { scope: 'session', what, limit: limit * (1 + raised), spent }
}

function checkDay(limit: number, { costUsd, raised }: DayAccount, handedOut: number): Overrun {
  const over: Overrun = { scope: 'project', what: 'cost', limit: limit * (1 + raised), spent: costUsd }
  return handedOut === 0 ? over : { ...over, handedOut }
}

/** Less than this part of a limit is not divided any further. */
const SMALLEST_SHARE = 0.1

/** Half of what is there, so that another run can begin beside this one; it gets the next share when it has used its own. */
function shareOf(unclaimed: number, limit: number): number {
  return unclaimed <= limit * SMALLEST_SHARE ? unclaimed : unclaimed / 2
}

/** Sums of floats carry dust in the last digits. */
const DUST = 1e-9

/**
 * By how many limits an account may go beyond the first one, when somebody said that it may go on: so many that there is up to
 * one limit left, however far it is over. Pure.
 */
export function raiseBeyond({ limit, spent, handedOut = 0 }: Overrun, raised: number): number {
  const once = limit / (1 + raised)
  return Math.max(raised + 1, Math.floor((spent + handedOut) / once + DUST))
}

/** A command may ask for less than is left, not for more. Pure. */
export function capped(options: ClaudeCodeOptions, left: Left): ClaudeCodeOptions {
  const maxBudgetUsd = least(options.maxBudgetUsd, left.costUsd)
  const maxTurns = least(options.maxTurns, left.turns)
  return {
    ...options,
    ...(maxBudgetUsd === undefined ? {} : { maxBudgetUsd }),
    ...(maxTurns === undefined ? {} : { maxTurns }),
  }
}

function least(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b)
}

type Limited = Pick<ClaudeCodeOptions, 'maxBudgetUsd' | 'maxTurns'>
type Used = { costUsd: number; turns: number }

/** What of a command's own limits is left when the run goes on in another process. Pure. */
export function lessUsed(options: ClaudeCodeOptions, used: Used): ClaudeCodeOptions {
  const { maxBudgetUsd, maxTurns } = options
  return {
    ...options,
    ...(maxBudgetUsd === undefined ? {} : { maxBudgetUsd: maxBudgetUsd - used.costUsd }),
    ...(maxTurns === undefined ? {} : { maxTurns: maxTurns - used.turns }),
  }
}

/**
 * Claude Code stopped because of a limit. `end`: it was the command's own, or none of ours. `ask`: a budget is used up.
 * `go_on`: only the share that it was handed is. Pure.
 *
 * @param own the command's limits, less what it used before; @param handed what it was to use now
 */
export function afterLimit(
  { own, handed, used }: { own: Limited; handed: Limited; used: Used },
  over: Overrun | undefined,
): 'end' | 'ask' | 'go_on' {
  if (isUsedUp(own.maxBudgetUsd, used.costUsd) || isUsedUp(own.maxTurns, used.turns)) return 'end'
  if (over !== undefined) return 'ask'
  return isUsedUp(handed.maxBudgetUsd, used.costUsd) ? 'go_on' : 'end'
}

function isUsedUp(limit: number | undefined, used: number): boolean {
  return limit !== undefined && used >= limit - DUST
}

/** For people. Pure. */
export function describeOverrun({ scope, what, limit, spent, handedOut = 0 }: Overrun): string {
  const whose = scope === 'session' ? 'This session' : 'This project today'
  const others = handedOut === 0 ? '' : `, and other runs at work may use $${handedOut.toFixed(2)} more`
  switch (what) {
    case 'cost':
      return `${whose} has used $${spent.toFixed(2)} of $${limit.toFixed(2)}${others}.`
    case 'turns':
      return `${whose} has used ${spent} of ${limit} turns.`
    case 'time':
      return `${whose} has used ${minutes(spent)} of ${minutes(limit)} minutes.`
    default:
      return what satisfies never
  }
}

export function exceeded(over: Overrun): FarhandError {
  return new FarhandError('BUDGET_EXCEEDED', describeOverrun(over))
}

function minutes(ms: number): number {
  return Math.round(ms / 60_000)
}
