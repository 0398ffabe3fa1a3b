import {
  AGENT_REQUEST_TIMEOUT_MS,
  FarhandError,
  agentMethods,
  type AgentMethod,
  type AgentParams,
  type AgentResult,
} from '@farhand/shared'
import { machineTexts } from '../texts/machine.ts'
import { asFarhandError } from './api.ts'
import type { Ask } from './websocket.ts'

/** The relay gives up first, and says why. */
const ANSWER_TIMEOUT_MS = AGENT_REQUEST_TIMEOUT_MS + 2_000

/**
 * Asks the machine of a project. Nothing is kept for later: a question without an answer is rejected with a FarhandError,
 * whose code `tellRefusal` puts into words.
 */
export type AskMachine = <M extends AgentMethod>(
  projectId: string,
  method: M,
  params: AgentParams<M>,
) => Promise<AgentResult<M>>

export function machineOver(ask: Ask): AskMachine {
  return async (projectId, method, params) => {
    const { result } = await ask('ask_agent', { projectId, method, params }, ANSWER_TIMEOUT_MS)
    const answer = agentMethods[method].result.safeParse(result)
    if (!answer.success)
      throw new FarhandError('UPGRADE_REQUIRED', machineTexts.refusal.strange, { cause: answer.error })
    // The schema was looked up by the very method that it is paired with, which TypeScript can't follow.
    return answer.data as AgentResult<typeof method>
  }
}

/** Why there is no answer, and what to do, for whoever asked `machine`. */
export function tellRefusal(reason: unknown, machine: string): string {
  const { code, message } = asFarhandError(reason)
  const texts = machineTexts.refusal
  switch (code) {
    case 'AGENT_OFFLINE':
      return texts.offline(machine)
    case 'TIMEOUT_TOTAL':
      return texts.slow(machine)
    case 'RATE_LIMITED':
      return texts.busy(machine)
    default:
      return message
  }
}
