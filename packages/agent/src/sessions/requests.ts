import type { Author, DecisionBody } from '@farhand/shared'
import { permissionResult, requestBody, type PermissionResult, type ToolQuestion } from '../claude/permissions.ts'
import { say } from '../claude/responses.ts'
import type { NewResponse } from '../spool/outbox.ts'

/** Questions of Claude Code that wait for a person. They wait as long as it takes (REQ4). */
export type Requests = {
  /** @returns what the person decided; a refusal where nobody can decide any more */
  open(question: ToolQuestion, signal: AbortSignal): Promise<PermissionResult>
  /** `stale`: it is about another input than the one that waits (REQ3). `unknown`: nobody waits for it any more. */
  decide(decision: DecisionBody, author: Author): 'applied' | 'stale' | 'unknown'
  /** The run is over, or the process is gone. */
  cancelAll(): void
  size(): number
}

type Resolution = Pick<DecisionBody, 'scope' | 'message'> & {
  outcome: 'applied' | 'cancelled'
  behavior?: 'allow' | 'deny'
  by?: Author
}
type Waiting = { digest: string; question: ToolQuestion; answer: (result: PermissionResult) => void }

/** @param events `opened` and `resolved` let the state be kept; `said` goes into the log */
export function createRequests(events: {
  opened(requestId: string): void
  resolved(requestId: string): void
  said(response: NewResponse): void
}): Requests {
  const waiting = new Map<string, Waiting>()

  function settle(requestId: string, result: PermissionResult, resolution: Resolution): void {
    const request = waiting.get(requestId)
    if (request === undefined) return
    waiting.delete(requestId)
    request.answer(result)
    events.resolved(requestId)
    events.said(say('request_resolved', { requestId, ...resolution }, { key: requestId }))
  }

  return {
    async open(question, signal) {
      const body = requestBody(question)
      const { requestId, digest } = body
      if (signal.aborted) return GONE
      return new Promise((answer) => {
        waiting.set(requestId, { digest, question, answer })
        signal.addEventListener('abort', () => settle(requestId, GONE, { outcome: 'cancelled' }), { once: true })
        events.opened(requestId)
        events.said(say('request', body, { key: requestId, digest }))
      })
    },
    decide(decision, by) {
      const request = waiting.get(decision.requestId)
      if (request === undefined) return 'unknown'
      if (request.digest !== decision.digest) return 'stale'
      const { behavior, scope, message } = decision
      settle(decision.requestId, permissionResult(request.question, decision), {
        outcome: 'applied',
        behavior,
        by,
        ...(scope === undefined ? {} : { scope }),
        ...(message === undefined ? {} : { message }),
      })
      return 'applied'
    },
    cancelAll() {
      for (const requestId of waiting.keys()) settle(requestId, GONE, { outcome: 'cancelled' })
    },
    size: () => waiting.size,
  }
}

const GONE: PermissionResult = { behavior: 'deny', message: 'The run was stopped before anybody decided.' }
