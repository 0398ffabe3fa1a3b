import type { FarhandError } from '@farhand/shared'
import type { Outcome } from '../log/store.ts'

/** What the relay answers to a message of responses, per session. Pure. */
export type Answers =
  /** `stored`: one cumulative acknowledgement each. `missing`: what to send again comes after this number. */
  | { type: 'go_on'; stored: Map<string, number>; missing: Map<string, number> }
  /** The agent contradicts the log: nothing more is said to it on this connection. */
  | { type: 'end'; refused: Numbered; error: FarhandError }

export type Numbered = { sessionId: string; n: number }

/** @param answered each response with what became of it, in the order of the message */
export function decideAnswers(answered: readonly { response: Numbered; outcome: Outcome }[]): Answers {
  const stored = new Map<string, number>()
  const missing = new Map<string, number>()
  for (const { response, outcome } of answered) {
    const { sessionId, n } = response
    switch (outcome.verdict) {
      case 'accepted':
      case 'same':
      case 'void':
        stored.set(sessionId, Math.max(n, stored.get(sessionId) ?? 0))
        break
      case 'gap':
        missing.set(sessionId, outcome.lastN)
        break
      case 'refused':
        return { type: 'end', refused: response, error: outcome.error }
      default:
        outcome satisfies never
    }
  }
  return { type: 'go_on', stored, missing }
}
