import { conclude, type Ending, type Named, type Outcome, type RunError } from '../driver/ending.ts'
import type { NewResponse } from '../spool/outbox.ts'
import type { RunProgress, RunResult } from './translation.ts'

/** The one terminal response of a command (LOG5). Pure. */
export function finishRun(run: RunProgress | undefined, ending: Ending, durationMs: number): NewResponse {
  return conclude(run && outcomeOf(run), ending, durationMs, CLAUDE_CODE)
}

/** What Claude Code goes by. */
export const CLAUDE_CODE: Named = {
  name: () => 'Claude Code',
  codes: {
    notFound: 'CLAUDE_NOT_FOUND',
    exit: 'CLAUDE_EXIT',
    noResult: 'CLAUDE_NO_RESULT',
    protocol: 'CLAUDE_PROTOCOL',
  },
}

function outcomeOf({ result, turns, usage, costUsd, context }: RunProgress): Outcome {
  return {
    ...(result === undefined ? {} : { said: { error: resultError(result), result: result.text } }),
    used: { turns, usage, costUsd: roundCost(costUsd), ...(context === undefined ? {} : { context }) },
  }
}

const AUTH_PROBLEMS = ['authentication_failed', 'oauth_org_not_allowed', 'account_on_hold', 'verification_required']
const BUDGET_ENDS = ['error_max_turns', 'error_max_budget_usd', 'max_turns', 'budget_exhausted']
const ABORTED = /^aborted/

/** It ended because it was to use no more turns or money than that. */
export function isBudgetEnd({ subtype, reason = '' }: RunResult): boolean {
  return [subtype, reason].some((each) => BUDGET_ENDS.includes(each))
}

/** The API has no such model, or not for this account. */
export function isModelRefused({ isError, problem }: RunResult): boolean {
  return isError && problem === 'model_not_found'
}

function resultError(result: RunResult): RunError | undefined {
  // Running out of turns or money is an end before the end, whatever `is_error` says.
  if (isBudgetEnd(result)) {
    return { code: 'BUDGET_EXCEEDED', message: result.text ?? 'The run reached its limit of turns or cost.' }
  }
  if (!result.isError) return undefined
  const said = result.text ?? result.errors.join('\n')
  if (ABORTED.test(result.reason ?? '')) return { code: 'CANCELLED', message: 'The run was stopped.' }
  if (AUTH_PROBLEMS.includes(result.problem ?? '') || result.apiStatus === 401) {
    return { code: 'CLAUDE_AUTH', message: said || 'Claude Code is not logged in on that machine.' }
  }
  if (isModelRefused(result)) {
    return { code: 'BAD_REQUEST', message: said || 'There is no such model, or it is not for this account.' }
  }
  const detail = result.text === undefined ? undefined : result.errors.join('\n')
  return { code: 'CLAUDE_EXIT', message: said || 'Claude Code ended with an error.', ...(detail ? { detail } : {}) }
}

/** Sums of floats carry dust in the last digits. */
function roundCost(costUsd: number): number {
  return Math.round(costUsd * 1e6) / 1e6
}
