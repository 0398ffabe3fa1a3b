import {
  FarhandError,
  agentMethods,
  isAgentMethod,
  type AgentMethod,
  type AgentParams,
  type AgentRequest,
  type AgentResult,
} from '@farhand/shared'
import { z } from 'zod'

/** What this machine can be asked: each method answers about one project. What only the relay may ask, it sees to. */
export type Methods = {
  [M in AgentMethod]: (params: AgentParams<M>, asked: Asked) => Promise<AgentResult<M>>
}

/** `signal` aborts when nobody waits for the answer any more. */
export type Asked = { projectId: string; root: string; signal: AbortSignal }

/** Before the relay gives up, so that whoever asked hears why. */
const ANSWER_MS = 12_000
/** Questions at work at once, also those that nobody waits for any more; each may start a process. */
const MAX_QUESTIONS = 8
const BUSY_RETRY_MS = 500

export type Machine = {
  /**
   * @throws FarhandError `NOT_FOUND` (method or project), `BAD_REQUEST` (params), `RATE_LIMITED`, `TIMEOUT_TOTAL`, or what
   * the method says
   */
  answer(request: AgentRequest): Promise<unknown>
}

export function createMachine(
  methods: Methods,
  { rootOf, answerMs = ANSWER_MS }: { rootOf(projectId: string): string | undefined; answerMs?: number },
): Machine {
  let underWay = 0
  return {
    async answer({ method, params, projectId }) {
      if (!isAgentMethod(method)) throw new FarhandError('NOT_FOUND', `The agent knows no method ${method}.`)
      const root = rootOf(projectId)
      if (root === undefined) throw new FarhandError('NOT_FOUND', 'This agent does not serve that project any more.')
      if (underWay >= MAX_QUESTIONS) {
        throw new FarhandError('RATE_LIMITED', undefined, { retryAfterMs: BUSY_RETRY_MS })
      }
      underWay += 1
      const signal = AbortSignal.timeout(answerMs)
      const answer = ask(methods, method, params, { projectId, root, signal })
      // What nobody waits for any more may still be at work, as on a network file system that hangs.
      const settled = (): void => void (underWay -= 1)
      answer.then(settled, settled)
      return Promise.race([answer, tooLate(signal)])
    },
  }
}

async function ask<M extends AgentMethod>(
  methods: Methods,
  method: M,
  params: unknown,
  asked: Asked,
): Promise<AgentResult<M>> {
  const parsed = agentMethods[method].params.safeParse(params)
  if (!parsed.success) throw new FarhandError('BAD_REQUEST', z.prettifyError(parsed.error))
  // The schema was looked up by the very method that its function is found by, which TypeScript can't follow.
  return methods[method](parsed.data as AgentParams<M>, asked)
}

function tooLate(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const late = (): void => reject(new FarhandError('TIMEOUT_TOTAL', 'The machine took too long to answer.'))
    signal.addEventListener('abort', late, { once: true })
  })
}
