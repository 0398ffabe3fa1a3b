import { FarhandError, type Author, type DecisionBody } from '@farhand/shared'
import { permissionResult, requestBody, type PermissionResult, type ToolQuestion } from '../claude/permissions.ts'
import { say } from '../claude/responses.ts'
import type { AskedCall } from '../spool/openRequests.ts'
import type { NewResponse } from '../spool/outbox.ts'

/**
 * Questions of Claude Code that wait for a person, as long as it takes (REQ4). One whose process is gone is held: it waits
 * on, and once it is decided, Claude Code is started anew, asks about the very same call, and gets its answer (REQ5).
 */
export type Requests = {
  /** @returns what the person decided; a refusal where nobody can decide any more */
  open(question: ToolQuestion, signal: AbortSignal): Promise<PermissionResult>
  /** A request of an earlier process that still waits. */
  hold(requestId: string, call: AskedCall): void
  /**
   * `stale`: it is about another input than the one that waits (REQ3). `unknown`: nobody waits for it any more. `held`: it
   * counts, and has its effect when Claude Code asks again.
   */
  decide(decision: DecisionBody, author: Author): 'applied' | 'held' | 'stale' | 'unknown'
  /** Whether Claude Code is to be asked to ask about this call, whatever its own rules say. */
  awaits(toolUseId: string): boolean
  /** The one request that waits, where it is the only one and its call can be taken up again. */
  holdable(): { requestId: string; call: AskedCall } | undefined
  /** The run is over, or the process is gone. */
  cancelAll(): void
  /** The agent stops, and what waits is left as it is; nobody is told and nobody gets an answer. */
  leave(): void
  size(): number
}

export type RequestEvents = {
  opened(requestId: string, call?: AskedCall): void
  /** What was said is on the disk when this returns. @throws FarhandError `AGENT_STORAGE` */
  resolved(requestId: string): void
  said(response: NewResponse): void
  /** Something is allowed for longer than this call. */
  granted?(question: ToolQuestion, decision: DecisionBody, by: Author): void
}

type Resolution = Pick<DecisionBody, 'scope' | 'message'> & {
  outcome: 'applied' | 'cancelled'
  behavior?: 'allow' | 'deny'
  by?: Author
}
type Decided = { decision: DecisionBody; by: Author }
type Waiting = {
  digest: string
  call: AskedCall | undefined
  /** Left out: its process is gone. */
  asking?: { question: ToolQuestion; answer: (result: PermissionResult) => void }
  decided?: Decided
}

/** @param events `opened` and `resolved` let the state be kept; `said` goes into the log */
export function createRequests(events: RequestEvents): Requests {
  const waiting = new Map<string, Waiting>()

  /** On the disk first, then to Claude Code: whatever happens in between, nothing runs twice. */
  function settle(requestId: string, result: PermissionResult, resolution: Resolution): void {
    const request = waiting.get(requestId)
    if (request === undefined) return
    waiting.delete(requestId)
    events.said(say('request_resolved', { requestId, ...resolution }, { key: requestId }))
    // Also of a held one, whom nobody asks for: or the next start would say once more how it ended.
    const isKept = kept(() => events.resolved(requestId))
    request.asking?.answer(isKept ? result : NOT_KEPT)
  }

  function apply(requestId: string, question: ToolQuestion, { decision, by }: Decided): void {
    const { behavior, scope } = decision
    if (behavior === 'allow') kept(() => events.granted?.(question, decision, by))
    settle(requestId, permissionResult(question, decision), {
      outcome: 'applied',
      behavior,
      by,
      ...(scope === undefined ? {} : { scope }),
      ...messageOf(decision),
    })
  }

  /** Claude Code asks again about a call that is held. @returns its request, where the input is still the same */
  function recognise(question: ToolQuestion): string | undefined {
    for (const [requestId, { call, asking }] of waiting) {
      if (asking !== undefined || call?.toolUseId !== question.options.toolUseID) continue
      const plan = question.plan ?? call.plan
      const { digest } = requestBody(plan === undefined ? question : { ...question, plan })
      if (call.digest === digest) return requestId
      settle(requestId, GONE, { outcome: 'cancelled', message: 'Claude Code asks about another input now.' })
    }
    return undefined
  }

  return {
    async open(question, signal) {
      const body = requestBody(question)
      if (signal.aborted) return GONE
      const held = recognise(question)
      return new Promise((answer) => {
        const requestId = held ?? body.requestId
        const { call, decided } = waiting.get(requestId) ?? { call: callOf(question, body) }
        const shown = { ...question, options: { ...question.options, ...suggestionsOf(call) } }
        waiting.set(requestId, { digest: call?.digest ?? body.digest, call, asking: { question: shown, answer } })
        signal.addEventListener('abort', () => settle(requestId, GONE, { outcome: 'cancelled' }), { once: true })
        if (held === undefined) {
          events.opened(requestId, call)
          events.said(say('request', body, { key: requestId, digest: body.digest }))
        }
        if (decided !== undefined) apply(requestId, shown, decided)
      })
    },
    hold: (requestId, call) => void waiting.set(requestId, { digest: call.digest, call }),
    decide(decision, by) {
      const { requestId } = decision
      const request = waiting.get(requestId)
      if (request === undefined) return 'unknown'
      if (request.digest !== decision.digest) return 'stale'
      if (request.asking === undefined) {
        if (decision.behavior === 'deny' && decision.stop === true) {
          settle(requestId, GONE, { outcome: 'applied', behavior: 'deny', by, ...messageOf(decision) })
          return 'applied'
        }
        // The first one counts; the relay sees to it that there is no other.
        request.decided ??= { decision, by }
        return 'held'
      }
      apply(requestId, request.asking.question, { decision, by })
      return 'applied'
    },
    awaits: (toolUseId) => [...waiting.values()].some((request) => isHeld(request, toolUseId)),
    holdable: () => onlyCall(waiting),
    cancelAll() {
      for (const requestId of [...waiting.keys()]) settle(requestId, GONE, { outcome: 'cancelled' })
    },
    leave: () => waiting.clear(),
    size: () => waiting.size,
  }
}

function messageOf({ message }: DecisionBody): { message?: string } {
  return message === undefined ? {} : { message }
}

function isHeld({ call, asking }: Waiting, toolUseId: string): boolean {
  return asking === undefined && call?.toolUseId === toolUseId
}

function onlyCall(waiting: ReadonlyMap<string, Waiting>): { requestId: string; call: AskedCall } | undefined {
  const [first, ...others] = waiting
  if (first === undefined || others.length > 0) return undefined
  const [requestId, { call }] = first
  return call === undefined ? undefined : { requestId, call }
}

/** The disk may be full: then nothing that depends on it happens, and the run is about to be ended for it. */
function kept(write: () => void): boolean {
  try {
    write()
    return true
  } catch (error) {
    if (!(error instanceof FarhandError)) throw error
    return false
  }
}

const NOT_KEPT: PermissionResult = {
  behavior: 'deny',
  message: 'The decision could not be kept, so it was not applied.',
}
const GONE: PermissionResult = { behavior: 'deny', message: 'The run was stopped before anybody decided.' }

/** A subagent's state ends with its process, so nobody could go on with its call. */
function callOf(
  { tool, options, transcript, plan }: ToolQuestion,
  { type, digest, suggestions }: ReturnType<typeof requestBody>,
): AskedCall | undefined {
  if (transcript === undefined || options.agentID !== undefined) return undefined
  const toolUseId = options.toolUseID
  return {
    toolUseId,
    tool,
    type,
    digest,
    transcript,
    ...(suggestions === undefined ? {} : { suggestions }),
    ...(plan === undefined ? {} : { plan }),
  }
}

/** What "always" means is what was shown, also where Claude Code suggests something else the second time. */
function suggestionsOf(call: AskedCall | undefined): Pick<ToolQuestion['options'], 'suggestions'> {
  const { suggestions } = call ?? {}
  // As they came from Claude Code, kept as JSON in between.
  return suggestions === undefined
    ? {}
    : { suggestions: suggestions as NonNullable<ToolQuestion['options']['suggestions']> }
}
