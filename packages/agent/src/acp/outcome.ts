import type { Outcome, RunError } from '../driver/ending.ts'
import type { RunEnd, Translation } from './translation.ts'

/** What a stop reason says of the run. Pure. */
export function endOf(stopReason: string, name: string): RunEnd {
  switch (stopReason) {
    case 'end_turn':
      return {}
    case 'cancelled':
      return { error: { code: 'CANCELLED', message: 'The run was stopped.' } }
    case 'max_tokens':
      return { error: { code: 'BUDGET_EXCEEDED', message: `${name} reached its limit of tokens.` } }
    case 'max_turn_requests':
      return { error: { code: 'BUDGET_EXCEEDED', message: `${name} reached its limit of requests in one turn.` } }
    case 'refusal':
      return { error: { code: 'ACP_EXIT', message: `${name} refused to go on with this.` } }
    default:
      return {
        error: { code: 'ACP_EXIT', message: `${name} ended the turn in a way that is not known: ${stopReason}.` },
      }
  }
}

export const OVER_BUDGET: RunError = { code: 'BUDGET_EXCEEDED', message: 'The run reached its limit of cost.' }

/** What is known of the run that ends. Pure. */
export function outcomeOf({ run, context }: Translation): Outcome | undefined {
  if (run === undefined) return undefined
  const { said, text, costUsd } = run
  return {
    ...(said === undefined ? {} : { said: { error: said.error, result: text } }),
    used: {
      turns: 1,
      ...(costUsd > 0 ? { costUsd: Math.round(costUsd * 1e6) / 1e6 } : {}),
      ...(context === undefined ? {} : { context }),
    },
  }
}
