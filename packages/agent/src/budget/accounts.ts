import { randomUUID } from 'node:crypto'
import type { ToolQuestion } from '../claude/permissions.ts'
import type { SessionFactsStore } from '../spool/sessionFacts.ts'
import { NOTHING_SPENT, describeOverrun, look, type BudgetLimits, type Overrun, type Spent } from './budget.ts'

/** What was spent, on the disk: by session, and by project and day. */
export type Accounts = {
  look(of: Account): ReturnType<typeof look>
  add(of: Account, spent: Spent): void
  /** Somebody said that it may go on. */
  raise(of: Account, over: Overrun): void
}

type Account = { sessionId: string; projectId: string }

export function createAccounts(
  limits: BudgetLimits,
  { facts, clock }: { facts: SessionFactsStore; clock: { now(): number } },
): Accounts {
  const session = ({ sessionId }: Account) => facts.get(sessionId).spent ?? NOTHING_SPENT
  const day = ({ projectId }: Account) => {
    const today = dayOf(clock.now())
    const known = facts.get(projectId).spentToday
    return known?.day === today ? known : { day: today, costUsd: 0, raised: 0 }
  }
  return {
    look: (of) => look(limits, session(of), day(of)),
    add(of, { costUsd, turns, ms }) {
      const before = session(of)
      const today = day(of)
      facts.set(of.sessionId, {
        spent: {
          ...before,
          costUsd: before.costUsd + costUsd,
          turns: before.turns + turns,
          ms: before.ms + ms,
        },
      })
      facts.set(of.projectId, { spentToday: { ...today, costUsd: today.costUsd + costUsd } })
    },
    raise(of, { scope }) {
      const before = session(of)
      const today = day(of)
      if (scope === 'session') facts.set(of.sessionId, { spent: { ...before, raised: before.raised + 1 } })
      else facts.set(of.projectId, { spentToday: { ...today, raised: today.raised + 1 } })
    },
  }
}

function dayOf(ms: number): string {
  const date = new Date(ms)
  return [date.getFullYear(), date.getMonth() + 1, date.getDate()]
    .map((part) => String(part).padStart(2, '0'))
    .join('-')
}

/** Asked like any other permission: it waits as long as it takes, and whoever is there may answer. */
export function budgetQuestion(over: Overrun): ToolQuestion {
  const requestId = randomUUID()
  return {
    tool: BUDGET_TOOL,
    input: { ...over },
    options: {
      requestId,
      toolUseID: requestId,
      title: 'The budget is used up. Go on?',
      description: `${describeOverrun(over)} Allowed, it may use as much again.`,
      suppressAlwaysAllowRule: true,
    },
  }
}

/** No tool of Claude's: what a request about a budget is asked for. */
export const BUDGET_TOOL = 'Budget'
