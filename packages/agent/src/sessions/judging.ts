import type { StandIn } from '@farhand/shared'
import type { JudgedCall } from '../driver/driver.ts'
import type { ToolQuestion } from '../driver/question.ts'
import { say } from '../driver/responses.ts'
import type { Judgement, PolicyCall } from '../policy/decide.ts'
import type { RunnerState } from './runState.ts'

/** The policy first; then a call that a person is still asked about has to be asked about again. */
export function judge(state: RunnerState, call: JudgedCall): Judgement | undefined {
  const verdict = state.judge(state.sessionId, policyCall(state, call))
  if (!state.requests.awaits(call.toolUseId)) return verdict
  if (verdict?.verb !== 'deny') return { verb: 'ask', reason: 'It was asked about before.' }
  // The rules have changed since: nobody will ask, whatever was decided.
  takenUp(state, call.toolUseId)
  state.requests.drop(call.toolUseId, verdict.reason)
  return verdict
}

/** Said to everybody: else it would look as if nobody had been there to ask. */
export function tellDecided({ voice }: Pick<RunnerState, 'voice'>, toolUseId: string, judgement: Judgement): void {
  const { verb, standIn } = judgement
  if (verb === 'ask' || standIn === undefined) return
  voice.push([say('decided', { toolUseId, behavior: verb, standIn })])
}

/** What somebody allowed for a while covers a call that waits already: nobody need be asked about it any more. */
export function coveredByGrant(state: RunnerState, question: ToolQuestion): StandIn | undefined {
  if (question.options.suppressAlwaysAllowRule === true || (question.type ?? 'permission') !== 'permission')
    return undefined
  const verdict = state.judge(state.sessionId, policyCall(state, question))
  return verdict?.verb === 'allow' && verdict.standIn?.type === 'grant' ? verdict.standIn : undefined
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
