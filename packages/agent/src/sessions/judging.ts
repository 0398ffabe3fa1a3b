import type { JudgedCall } from '../driver/driver.ts'
import type { ToolQuestion } from '../driver/question.ts'
import type { PolicyCall, Verdict } from '../policy/decide.ts'
import type { RunnerState } from './runState.ts'

/** The policy first; then a call that a person is still asked about has to be asked about again. */
export function judge(state: RunnerState, call: JudgedCall): Pick<Verdict, 'verb' | 'reason'> | undefined {
  const verdict = state.judge(state.sessionId, policyCall(state, call))
  if (!state.requests.awaits(call.toolUseId)) return verdict
  if (verdict?.verb !== 'deny') return { verb: 'ask', reason: 'It was asked about before.' }
  // The rules have changed since: nobody will ask, whatever was decided.
  takenUp(state, call.toolUseId)
  state.requests.drop(call.toolUseId, verdict.reason)
  return verdict
}

/** @throws Error before the first run has begun, when there is no call to be judged */
export function policyCall(
  { place }: RunnerState,
  { tool, input, cwd }: Pick<ToolQuestion, 'tool' | 'input' | 'cwd'>,
): PolicyCall {
  if (place === undefined) throw new Error('a call was made before anything was begun')
  const { project, root, directory } = place
  return { tool, input, cwd: cwd ?? directory, project, root }
}

/** What was held goes on: from here on it is a run like any other. */
export function takenUp({ run, sharper }: RunnerState, toolUseId: string): void {
  if (run?.stop === undefined && run?.held?.call.toolUseId === toolUseId) clearTimeout(sharper)
}
