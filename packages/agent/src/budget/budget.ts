import { FarhandError, type ClaudeCodeOptions } from '@farhand/shared'

/** What sessions and projects may use up before somebody is asked. What is left out has no limit. */
export type BudgetLimits = {
  sessionUsd?: number
  sessionTurns?: number
  sessionMs?: number
  /** Per calendar day of this machine. */
  projectUsdPerDay?: number
}

export type Spent = { costUsd: number; turns: number; ms: number }
/** `raised`: how often somebody said that it may go on; each time as much again. */
export type Account = Spent & { raised: number }
export type DayAccount = { day: string; costUsd: number; raised: number }

export const NOTHING_SPENT: Account = { costUsd: 0, turns: 0, ms: 0, raised: 0 }

/** A limit that is used up. */
export type Overrun = { scope: 'session' | 'project'; what: 'cost' | 'turns' | 'time'; limit: number; spent: number }

/** What is left, and whether something is used up. Pure. */
export function look(
  limits: BudgetLimits,
  session: Account,
  day: DayAccount,
): { left: { costUsd?: number; turns?: number }; over?: Overrun } {
  const times = 1 + session.raised
  const checks: (Overrun | undefined)[] = [
    check('session', 'cost', limits.sessionUsd, times, session.costUsd),
    check('session', 'turns', limits.sessionTurns, times, session.turns),
    check('session', 'time', limits.sessionMs, times, session.ms),
    check('project', 'cost', limits.projectUsdPerDay, 1 + day.raised, day.costUsd),
  ]
  const known = checks.filter((each) => each !== undefined)
  const over = known.find(({ limit, spent }) => spent >= limit)
  const costs = known.filter(({ what }) => what === 'cost').map(({ limit, spent }) => limit - spent)
  const turns = known.filter(({ what }) => what === 'turns').map(({ limit, spent }) => limit - spent)
  return {
    left: {
      ...(costs.length === 0 ? {} : { costUsd: Math.min(...costs) }),
      ...(turns.length === 0 ? {} : { turns: Math.min(...turns) }),
    },
    ...(over === undefined ? {} : { over }),
  }
}

function check(
  scope: Overrun['scope'],
  what: Overrun['what'],
  limit: number | undefined,
  times: number,
  spent: number,
): Overrun | undefined {
  return limit === undefined ? undefined : { scope, what, limit: limit * times, spent }
}

/** A command may ask for less than is left, not for more. Pure. */
export function capped(options: ClaudeCodeOptions, left: { costUsd?: number; turns?: number }): ClaudeCodeOptions {
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

/** For people. Pure. */
export function describeOverrun({ scope, what, limit, spent }: Overrun): string {
  const whose = scope === 'session' ? 'This session' : 'This project today'
  switch (what) {
    case 'cost':
      return `${whose} has used $${spent.toFixed(2)} of $${limit.toFixed(2)}.`
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
