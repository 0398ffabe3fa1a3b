import { decisionBodySchema, type AgentCommand, type DecisionBody } from '@farhand/shared'
import { readDocument } from '../spool/readDocument.ts'
import type { Spool } from '../spool/spool.ts'
import type { Runner } from './runner.ts'
import type { Stop } from './runState.ts'
import type { Voice } from './voice.ts'

export type DecisionParts = {
  runner: Pick<Runner, 'requests' | 'stop' | 'takeUp'>
  voice: Voice
  spool: Pick<Spool, 'inbox'>
  /** Inputs that are done when the command that runs has ended. */
  heldInputs: string[]
}

/**
 * The relay takes the first decision of a request and no other, without reading it. So one that can't be applied must not be
 * the last word: it is told, and the request is said once more, which opens it for everybody again (REQ3).
 */
export function takeDecision(parts: DecisionParts, input: AgentCommand, stopped: Stop): void {
  const { runner, spool, heldInputs } = parts
  const decision = readDecision(input)
  const outcome = decision === undefined ? 'unreadable' : runner.requests.decide(decision, input.author)
  switch (outcome) {
    case 'held':
      heldInputs.push(input.inputId)
      return runner.takeUp()
    case 'applied':
      if (decision?.behavior === 'deny' && decision.stop === true) runner.stop(stopped)
      break
    case 'stale':
    case 'unreadable':
      askAgain(parts, input.key ?? decision?.requestId, MESSAGES[outcome])
      break
    case 'unknown':
      break // it was taken back meanwhile, and everybody was told so
    default:
      outcome satisfies never
  }
  spool.inbox.finish(input.inputId)
}

const MESSAGES = {
  stale: ['stale_decision', 'A decision was about another input than the one that waits; it was not applied.'],
  unreadable: ['decision_refused', 'A decision could not be read, so it was not applied; the request waits on.'],
} as const

function askAgain(
  { runner, voice }: DecisionParts,
  requestId: string | undefined,
  [type, message]: readonly [string, string],
) {
  if (requestId === undefined || !runner.requests.askAgain(requestId)) return
  voice.notice('warning', type, message, { requestId })
}

/** What the relay went by, its key and digest, is what the decision has to be about. */
function readDecision({ command, key, digest }: AgentCommand): DecisionBody | undefined {
  const decision = readDocument(decisionBodySchema, command)
  const differs = (said: string | undefined, read: string | undefined): boolean => said !== undefined && said !== read
  return differs(key, decision?.requestId) || differs(digest, decision?.digest) ? undefined : decision
}
