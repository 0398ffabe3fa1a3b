import { randomUUID } from 'node:crypto'
import { NOTHING_COUNTED, type AgentResult, type Counted } from '@farhand/shared'
import type { ToolQuestion } from '../driver/question.ts'
import type { SessionFactsStore } from '../spool/sessionFacts.ts'
import {
  NOTHING_SPENT,
  countOn,
  describeOverrun,
  look,
  raiseBeyond,
  type BudgetLimits,
  type DayAccount,
  type Overrun,
  type Spent,
} from './budget.ts'

/** What was spent, on the disk: by session, and by project and day. */
export type Accounts = {
  look(of: Account): ReturnType<typeof look>
  add(of: Account, spent: Spent & { counted: Counted }): void
  /** A run of the session may use so much: the other runs of its project get none of that until it is given back. */
  handOut(of: Account, costUsd: number | undefined): void
  /** The session has no run that may use anything. */
  giveBack(sessionId: string): void
  /** Somebody said that it may go on. */
  raise(of: Account, over: Overrun): void
  /** For people: what a project and its sessions have used, and of how much. */
  usage(projectId: string): AgentResult<'usage.list'>
}

type Account = { sessionId: string; projectId: string }

/** Older days are forgotten. */
const KEPT_DAYS = 31
/** As many sessions as are told of: those that cost most. */
const MAX_SESSIONS = 500

export function createAccounts(
  limits: BudgetLimits,
  { facts, clock }: { facts: SessionFactsStore; clock: { now(): number } },
): Accounts {
  const handed = new Map<string, { projectId: string; costUsd: number }>()
  const session = ({ sessionId }: Pick<Account, 'sessionId'>) => facts.get(sessionId).spent ?? NOTHING_SPENT
  const day = (projectId: string): DayAccount => {
    const today = dayOf(clock.now())
    const known = facts.ofProject(projectId).days?.find((each) => each.day === today)
    return known ?? { day: today, costUsd: 0, counted: NOTHING_COUNTED, raised: 0 }
  }
  const keepDay = (projectId: string, account: DayAccount): void => {
    const others = (facts.ofProject(projectId).days ?? []).filter((each) => each.day !== account.day)
    facts.setOfProject(projectId, { days: [...others, account].slice(-KEPT_DAYS) })
  }
  const handedToOthers = ({ sessionId, projectId }: Account): number =>
    [...handed]
      .filter(([other, each]) => other !== sessionId && each.projectId === projectId)
      .reduce((sum, [, { costUsd }]) => sum + costUsd, 0)
  return {
    look: (of) => look(limits, session(of), day(of.projectId), handedToOthers(of)),
    add(of, { costUsd, turns, ms, counted }) {
      const before = session(of)
      const today = day(of.projectId)
      const spent = {
        ...before,
        costUsd: before.costUsd + costUsd,
        turns: before.turns + turns,
        ms: before.ms + ms,
        ...countOn(before, counted),
      }
      facts.set(of.sessionId, { projectId: of.projectId, spent })
      keepDay(of.projectId, { ...today, costUsd: today.costUsd + costUsd, ...countOn(today, counted) })
    },
    handOut({ sessionId, projectId }, costUsd) {
      if (costUsd !== undefined && limits.projectUsdPerDay !== undefined) handed.set(sessionId, { projectId, costUsd })
    },
    giveBack: (sessionId) => void handed.delete(sessionId),
    raise(of, over) {
      const before = session(of)
      const today = day(of.projectId)
      if (over.scope === 'project') return keepDay(of.projectId, { ...today, raised: raiseBeyond(over, today.raised) })
      const raised = { ...before.raised, [over.what]: raiseBeyond(over, before.raised[over.what]) }
      facts.set(of.sessionId, { projectId: of.projectId, spent: { ...before, raised } })
    },
    usage(projectId) {
      const known = facts
        .all()
        .flatMap(({ sessionId, facts: { projectId: of, spent } }) =>
          of === projectId && spent !== undefined ? [{ sessionId, ...spent }] : [],
        )
        .toSorted((a, b) => b.costUsd - a.costUsd)
      const { sessionUsd, sessionTurns, sessionMs, projectUsdPerDay } = limits
      return {
        limits: {
          ...(sessionUsd === undefined ? {} : { sessionUsd }),
          ...(sessionTurns === undefined ? {} : { sessionTurns }),
          ...(sessionMs === undefined ? {} : { sessionMs }),
          ...(projectUsdPerDay === undefined ? {} : { projectUsdPerDay }),
        },
        today: day(projectId),
        days: (facts.ofProject(projectId).days ?? []).map(({ raised: _raised, ...told }) => told),
        sessions: known.slice(0, MAX_SESSIONS),
        truncated: known.length > MAX_SESSIONS,
      }
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
