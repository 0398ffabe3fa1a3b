import type { AgentHello } from '@farhand/shared'
import type { SessionLog } from '../log/sessionLog.ts'
import type { Logger } from '../logger.ts'

/**
 * Where the log and an agent's memory contradict each other, because one of the two was put back to an older state
 * (LOG9): what the log lost is told and stepped over, and what the agent does not hold any more is ended.
 */
export type Position = { sessionId: string; lastN: number }
/** A command that the agent does not hold; `n` is the last number under which its end may still come. */
export type LostRun = { sessionId: string; commandId: string; n: number }

type Parts = { log: SessionLog; logger: Logger; agentId: string }

/**
 * The agent forgot what was acknowledged, so nobody can send that again: the log says so and goes on behind it.
 * @returns how far the log got in each session after that
 */
export async function rollForward(
  { log, logger, agentId }: Parts,
  hello: Pick<AgentHello, 'sessions'>,
  held: readonly Position[],
): Promise<Position[]> {
  const acked = new Map(hello.sessions.map((session) => [session.sessionId, session.acked ?? 0]))
  return await Promise.all(
    held.map(async ({ sessionId, lastN }) => {
      const n = acked.get(sessionId) ?? 0
      if (n <= lastN) return { sessionId, lastN }
      const outcome = await log.append({ type: 'roll_forward', sessionId, agentId, n })
      if (outcome.verdict !== 'accepted') return { sessionId, lastN } // not in this log at all: the agent keeps it
      logger.warn({ agentId, sessionId, lost: n - lastN, code: 'LOG_ROLLED_BACK' }, 'the log lost entries of an agent')
      return { sessionId, lastN: n }
    }),
  )
}

/** The commands that the log holds as handed over and the agent does not. Pure. An agent that does not say holds all. */
export function decideLost(
  handedOver: readonly { sessionId: string; commandId: string }[],
  hello: Pick<AgentHello, 'sessions' | 'open'>,
): LostRun[] {
  if (hello.open === undefined) return []
  const open = new Set(hello.open)
  const said = new Map(hello.sessions.map(({ sessionId, lastN }) => [sessionId, lastN]))
  return handedOver
    .filter(({ commandId }) => !open.has(commandId))
    .map(({ sessionId, commandId }) => ({ sessionId, commandId, n: said.get(sessionId) ?? 0 }))
}

/** What can be ended now, because the log has everything that the agent said of it, and what has to wait. Pure. */
export function splitLost(
  lost: readonly LostRun[],
  reached: ReadonlyMap<string, number>,
): { ready: LostRun[]; waiting: LostRun[] } {
  const isReady = ({ sessionId, n }: LostRun): boolean => n <= (reached.get(sessionId) ?? 0)
  return { ready: lost.filter(isReady), waiting: lost.filter((run) => !isReady(run)) }
}

/** The log itself looks once more whether it got that far, and whether the command has its end. */
export async function endLost({ log, logger, agentId }: Parts, lost: readonly LostRun[]): Promise<void> {
  await Promise.all(
    lost.map(async ({ sessionId, commandId, n }) => {
      const outcome = await log.append({ type: 'interrupt', commandId, n })
      if (outcome.verdict !== 'accepted') return
      logger.warn({ agentId, sessionId, commandId, code: 'INTERRUPTED' }, 'a command that its agent does not hold')
    }),
  )
}
