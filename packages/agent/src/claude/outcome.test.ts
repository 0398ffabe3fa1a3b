import { FarhandError } from '@farhand/shared'
import { expect, test } from 'vitest'
import type { Ending } from '../driver/ending.ts'
import { finishRun } from './outcome.ts'
import { beginRun, newTranslation, type RunProgress, type RunResult } from './translation.ts'

const RUN: RunProgress | undefined = beginRun(newTranslation(0)).run

function codeOf(ending: Ending, result?: Partial<RunResult>): string | undefined {
  if (RUN === undefined) throw new Error('a run was begun')
  const whole: RunResult = { isError: false, subtype: 'success', errors: [], ...result }
  return finishRun(result === undefined ? RUN : { ...RUN, result: whole }, ending, 5).code
}
const exited = (exitCode: number | null, signal: NodeJS.Signals | null = null, stderr = ''): Ending => ({
  type: 'exited',
  exit: { exitCode, signal, stderr },
})

test('an end without a result is never complete', () => {
  expect(codeOf(exited(0))).toBe('CLAUDE_NO_RESULT')
  expect(codeOf(exited(1))).toBe('CLAUDE_EXIT')
  expect(codeOf(exited(null, 'SIGKILL'))).toBe('CLAUDE_EXIT')
  expect(codeOf({ type: 'answered' })).toBe('CLAUDE_NO_RESULT')
})

test('the last words of a process are the detail', () => {
  const { data } = finishRun(RUN, exited(1, null, 'cannot be used with root'), 5)
  expect(JSON.parse(data)).toMatchObject({ error: { code: 'CLAUDE_EXIT', detail: 'cannot be used with root' } })
})

test('is_error is believed, not the subtype', () => {
  expect(codeOf({ type: 'answered' }, { isError: true })).toBe('CLAUDE_EXIT')
  expect(codeOf({ type: 'answered' }, { isError: false })).toBeUndefined()
  expect(codeOf(exited(1), { isError: false, text: 'done' })).toBeUndefined()
})

test.for([
  [{ isError: true, problem: 'authentication_failed' }, 'CLAUDE_AUTH'],
  [{ isError: true, apiStatus: 401 }, 'CLAUDE_AUTH'],
  [{ isError: true, apiStatus: 404, problem: 'model_not_found' }, 'BAD_REQUEST'],
  [{ isError: true, subtype: 'error_max_turns' }, 'BUDGET_EXCEEDED'],
  [{ isError: false, reason: 'budget_exhausted' }, 'BUDGET_EXCEEDED'],
  [{ isError: true, reason: 'aborted_tools' }, 'CANCELLED'],
] as const)('%j is %s', ([result, code]) => {
  expect(codeOf({ type: 'answered' }, result)).toBe(code)
})

test('who stopped it decides, also where there is a result', () => {
  const stopped: Ending = { type: 'stopped', code: 'CANCELLED', message: 'Somebody stopped the command.' }
  expect(codeOf(stopped, { isError: false, text: 'done' })).toBe('CANCELLED')
  expect(JSON.parse(finishRun(RUN, stopped, 5).data)).not.toHaveProperty('result')
})

test('a refused command tells the code of its refusal', () => {
  const response = finishRun(undefined, { type: 'refused', error: new FarhandError('CWD_MISSING') }, 0)
  expect(response).toMatchObject({ kind: 'run_finished', isComplete: true, status: 'error', code: 'CWD_MISSING' })
})
