import type { ErrorCode, FarhandError, RunFinishedBody } from '@farhand/shared'
import type { Exit } from '../process/process.ts'
import type { NewResponse } from '../spool/outbox.ts'
import { say } from './responses.ts'

/** How a run came to its end. */
export type Ending =
  /** The coding agent says that the turn is over. */
  | { type: 'answered' }
  /** Its process ended before it said so. */
  | { type: 'exited'; exit: Exit }
  /** It was never handed over. */
  | { type: 'refused'; error: FarhandError }
  /** Somebody or something ended it. */
  | { type: 'stopped'; code: ErrorCode; message: string }

export type RunError = { code: ErrorCode; message: string; detail?: string }

/** What the faults of a coding agent are called. */
export type Codes = { notFound: ErrorCode; exit: ErrorCode; noResult: ErrorCode; protocol: ErrorCode }
export type Named = { name(): string; codes: Codes }

/** What a driver knows of a run: what it said of the end, and what it used. */
export type Outcome = {
  /** Left out: it said nothing. */
  said?: { error?: RunError | undefined; result?: string | undefined }
  used: Omit<RunFinishedBody, 'result' | 'error' | 'durationMs'>
}

/** The one terminal response of a command (LOG5). Pure. */
export function conclude(outcome: Outcome | undefined, ending: Ending, durationMs: number, coder: Named): NewResponse {
  return terminal(errorOf(outcome?.said, ending, coder), { ...outcome?.used, durationMs }, outcome?.said?.result)
}

/** Of a command that no coding agent was ever told, or that nobody knows of what came of it. Pure. */
export function concludeUnheard({ code, message }: Extract<Ending, { type: 'stopped' }>): NewResponse {
  return terminal({ code, message }, { durationMs: 0 })
}

function terminal(error: RunError | undefined, used: RunFinishedBody, result?: string): NewResponse {
  const body: RunFinishedBody = {
    ...(error === undefined ? {} : { error }),
    ...(result === undefined || error !== undefined ? {} : { result }),
    ...used,
  }
  const how = error === undefined ? { status: 'complete' as const } : { status: 'error' as const, code: error.code }
  return say('run_finished', body, { isComplete: true, ...how })
}

function errorOf(said: Outcome['said'], ending: Ending, coder: Named): RunError | undefined {
  switch (ending.type) {
    case 'refused':
      return { code: ending.error.code, message: ending.error.message }
    case 'stopped':
      return { code: ending.code, message: ending.message }
    case 'answered':
      return said === undefined ? noResult(coder) : said.error
    case 'exited':
      return said === undefined ? exitError(ending.exit, coder) : said.error
    default:
      return ending satisfies never
  }
}

function noResult({ name, codes }: Named): RunError {
  return { code: codes.noResult, message: `${name()} ended without a result.` }
}

function exitError({ exitCode, signal, stderr, failure }: Exit, coder: Named): RunError {
  const { name, codes } = coder
  const detail = stderr === '' ? {} : { detail: stderr }
  if (failure !== undefined) {
    return { code: codes.notFound, message: `${name()} could not be started: ${failure}`, ...detail }
  }
  if (exitCode === 0) return { ...noResult(coder), ...detail }
  const how = signal === null ? `with code ${exitCode ?? 'unknown'}` : `by ${signal}`
  return { code: codes.exit, message: `${name()} ended ${how} before the run was done.`, ...detail }
}
