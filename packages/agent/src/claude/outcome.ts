import { MAX_RESPONSE_BYTES, type ErrorCode, type FarhandError, type RunFinishedBody } from '@farhand/shared'
import type { NewResponse } from '../spool/outbox.ts'
import { fitJson } from './fit.ts'
import type { Exit } from './process.ts'
import type { RunProgress, RunResult } from './translation.ts'

/** How a run came to its end. */
export type Ending =
  /** Claude Code says that the turn is over. */
  | { type: 'answered' }
  /** Its process ended before it said so. */
  | { type: 'exited'; exit: Exit }
  /** It was never handed to Claude Code. */
  | { type: 'refused'; error: FarhandError }
  /** Somebody or something ended it. */
  | { type: 'stopped'; code: ErrorCode; message: string }

type RunError = { code: ErrorCode; message: string; detail?: string }

/** The one terminal response of a command (LOG5). Pure. */
export function finishRun(run: RunProgress | undefined, ending: Ending, durationMs: number): NewResponse {
  const error = errorOf(run?.result, ending)
  const result = run?.result?.text
  const body: RunFinishedBody = {
    ...(error === undefined ? {} : { error }),
    ...(result === undefined || error !== undefined ? {} : { result }),
    durationMs,
    ...(run === undefined ? {} : { turns: run.turns, usage: run.usage, costUsd: roundCost(run.costUsd) }),
  }
  const data = JSON.stringify(fitJson(body, MAX_RESPONSE_BYTES).value)
  return error === undefined
    ? { kind: 'run_finished', data, isComplete: true, status: 'complete' }
    : { kind: 'run_finished', data, isComplete: true, status: 'error', code: error.code }
}

function errorOf(result: RunResult | undefined, ending: Ending): RunError | undefined {
  switch (ending.type) {
    case 'refused':
      return { code: ending.error.code, message: ending.error.message }
    case 'stopped':
      return { code: ending.code, message: ending.message }
    case 'answered':
      return result === undefined ? NO_RESULT : resultError(result)
    case 'exited':
      return result === undefined ? exitError(ending.exit) : resultError(result)
    default:
      return ending satisfies never
  }
}

const NO_RESULT: RunError = { code: 'CLAUDE_NO_RESULT', message: 'Claude Code ended without a result.' }
const AUTH_PROBLEMS = ['authentication_failed', 'oauth_org_not_allowed', 'account_on_hold', 'verification_required']
const BUDGET_ENDS = ['error_max_turns', 'error_max_budget_usd', 'max_turns', 'budget_exhausted']
const ABORTED = /^aborted/

/** It ended because it was to use no more turns or money than that. */
export function isBudgetEnd({ subtype, reason = '' }: RunResult): boolean {
  return [subtype, reason].some((each) => BUDGET_ENDS.includes(each))
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
  const detail = result.text === undefined ? undefined : result.errors.join('\n')
  return { code: 'CLAUDE_EXIT', message: said || 'Claude Code ended with an error.', ...(detail ? { detail } : {}) }
}

function exitError({ exitCode, signal, stderr, failure }: Exit): RunError {
  const detail = stderr === '' ? {} : { detail: stderr }
  if (failure !== undefined) {
    return { code: 'CLAUDE_NOT_FOUND', message: `Claude Code could not be started: ${failure}`, ...detail }
  }
  if (exitCode === 0) return { ...NO_RESULT, ...detail }
  const how = signal === null ? `with code ${exitCode ?? 'unknown'}` : `by ${signal}`
  return { code: 'CLAUDE_EXIT', message: `Claude Code ended ${how} before the run was done.`, ...detail }
}

/** Sums of floats carry dust in the last digits. */
function roundCost(costUsd: number): number {
  return Math.round(costUsd * 1e6) / 1e6
}
