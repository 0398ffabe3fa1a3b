import {
  FarhandError,
  canonicalJson,
  type Author,
  type DecisionBody,
  type RequestBody,
  type RequestResolvedBody,
  type StandIn,
} from '@farhand/shared'
import { answerOf, requestBody, type Answer, type ToolQuestion } from '../driver/question.ts'
import { say } from '../driver/responses.ts'
import type { AskedCall } from '../spool/openRequests.ts'
import type { NewResponse } from '../spool/outbox.ts'

/**
 * Questions of Claude Code that wait for a person, as long as it takes (REQ4). One whose process is gone is held: it waits
 * on, and once it is decided, Claude Code is started anew, asks about the very same call, and gets its answer (REQ5).
 */
export type Requests = {
  /** @returns what the person decided; a refusal where nobody can decide any more */
  open(question: ToolQuestion, signal: AbortSignal): Promise<Answer>
  /** A request of an earlier process that still waits. */
  hold(requestId: string, call: AskedCall): void
  /**
   * `stale`: it is about another input than the one that waits (REQ3). `unknown`: nobody waits for it any more. `held`: it
   * counts, and has its effect when Claude Code asks again.
   */
  decide(decision: DecisionBody, author: Author): 'applied' | 'held' | 'stale' | 'unknown'
  /** Says a request once more that nobody has decided. @returns whether it waits */
  askAgain(requestId: string): boolean
  /** Whether Claude Code is to be asked to ask about this call, whatever its own rules say. */
  awaits(toolUseId: string): boolean
  /** The call is not made, whatever was decided about it: nobody is asked about it any more. */
  drop(toolUseId: string, message: string): void
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
  /** Why a call must not be made, whoever allowed it. Asked about one that a person has changed, which nobody looked at yet. */
  forbidden?(question: ToolQuestion): string | undefined
  /** Something may be allowed for longer than this call. @returns what is, and until when */
  granted?(question: ToolQuestion, decision: DecisionBody, by: Author): { rule: string; until: number } | undefined
  /** What allows a call that waits, now that something else was granted. */
  covered?(question: ToolQuestion): StandIn | undefined
}

type Resolution = Omit<RequestResolvedBody, 'requestId'> & { outcome: 'applied' | 'cancelled' }
type Decided = { decision: DecisionBody; by: Author }
type Waiting = {
  digest: string
  call: AskedCall | undefined
  /** As it was shown; left out where an earlier agent kept no more than what it takes to recognise it. */
  body?: RequestBody | undefined
  /** Left out: its process is gone. */
  asking?: { question: ToolQuestion; answer: (result: Answer) => void }
  decided?: Decided
}

type State = { waiting: Map<string, Waiting>; events: RequestEvents }

/** @param events `opened` and `resolved` let the state be kept; `said` goes into the log */
export function createRequests(events: RequestEvents): Requests {
  const waiting = new Map<string, Waiting>()
  const state: State = { waiting, events }
  return {
    open: (question, signal) => open(state, question, signal),
    hold: (requestId, call) => void waiting.set(requestId, { digest: call.digest, call, body: call.body }),
    decide: (decision, by) => decide(state, { decision, by }),
    askAgain(requestId) {
      const { body, decided } = waiting.get(requestId) ?? {}
      if (body !== undefined && decided === undefined) show(state, requestId, body)
      return waiting.has(requestId)
    },
    awaits: (toolUseId) => [...waiting.values()].some((request) => isHeld(request, toolUseId)),
    drop(toolUseId, message) {
      for (const [requestId, request] of waiting) {
        if (isHeld(request, toolUseId)) settle(state, requestId, GONE, { outcome: 'cancelled', message })
      }
    },
    holdable: () => onlyCall(waiting),
    cancelAll() {
      for (const requestId of [...waiting.keys()]) settle(state, requestId, GONE, { outcome: 'cancelled' })
    },
    leave: () => waiting.clear(),
    size: () => waiting.size,
  }
}

async function open(state: State, question: ToolQuestion, signal: AbortSignal): Promise<Answer> {
  const { waiting, events } = state
  const body = requestBody(question)
  if (signal.aborted) return GONE
  const held = recognise(state, question)
  return new Promise((answer) => {
    const requestId = held ?? body.requestId
    const { call, decided, ...known } = waiting.get(requestId) ?? { call: callOf(question, body), body }
    const shown = { ...question, options: { ...question.options, ...suggestionsOf(call) } }
    const asking = { question: shown, answer }
    waiting.set(requestId, { digest: call?.digest ?? body.digest, call, body: known.body, asking })
    signal.addEventListener('abort', () => settle(state, requestId, GONE, { outcome: 'cancelled' }), { once: true })
    if (held === undefined) {
      events.opened(requestId, call)
      show(state, requestId, body)
    }
    if (decided !== undefined) apply(state, requestId, shown, decided)
  })
}

function show({ events }: State, requestId: string, body: RequestBody): void {
  events.said(say('request', body, { key: requestId, digest: body.digest }))
}

/** Claude Code asks again about a call that is held. @returns its request, where the input is still the same */
function recognise(state: State, question: ToolQuestion): string | undefined {
  for (const [requestId, { call, asking }] of state.waiting) {
    if (asking !== undefined || call?.toolUseId !== question.options.toolUseID) continue
    const plan = question.plan ?? call.plan
    const { digest } = requestBody(plan === undefined ? question : { ...question, plan })
    if (call.digest === digest) return requestId
    const message = 'Claude Code asks about another input now.'
    settle(state, requestId, GONE, { outcome: 'cancelled', message })
  }
  return undefined
}

function decide(state: State, decided: Decided): ReturnType<Requests['decide']> {
  const { decision, by } = decided
  const { requestId } = decision
  const request = state.waiting.get(requestId)
  if (request === undefined) return 'unknown'
  if (request.digest !== decision.digest) return 'stale'
  if (request.asking !== undefined) {
    apply(state, requestId, request.asking.question, decided)
    return 'applied'
  }
  if (decision.behavior === 'deny' && decision.stop === true) {
    settle(state, requestId, GONE, { outcome: 'applied', behavior: 'deny', by, ...messageOf(decision) })
    return 'applied'
  }
  // The first one counts; the relay sees to it that there is no other.
  request.decided ??= decided
  return 'held'
}

function apply(state: State, requestId: string, question: ToolQuestion, { decision, by }: Decided): void {
  const { events } = state
  const { behavior, scope, rule } = decision
  const result = answerOf(question, decision)
  const changed = changedBy(question, result)
  const reason = changed === undefined ? undefined : events.forbidden?.(changed)
  if (reason !== undefined) {
    const message = `The call was changed to one that must not be made, so it was not made. ${reason}`
    return settle(state, requestId, { behavior: 'deny', message }, { outcome: 'cancelled', by, message })
  }
  let grant: { rule: string; until: number } | undefined
  if (behavior === 'allow') kept(() => (grant = events.granted?.(changed ?? question, decision, by)))
  settle(state, requestId, result, {
    outcome: 'applied',
    behavior,
    by,
    ...(scope === undefined ? {} : { scope }),
    ...(scope === undefined || scope === 'once' || rule === undefined ? {} : { rule }),
    ...(grant === undefined ? {} : { rule: grant.rule, until: grant.until }),
    ...messageOf(decision),
  })
  if (grant !== undefined) settleCovered(state)
}

/** Nobody is asked once more about what was just allowed for a while. */
function settleCovered(state: State): void {
  for (const [requestId, { asking }] of [...state.waiting]) {
    const standIn = asking && state.events.covered?.(asking.question)
    if (asking === undefined || standIn === undefined) continue
    const allowed: Answer = { behavior: 'allow', updatedInput: asking.question.input }
    settle(state, requestId, allowed, { outcome: 'applied', behavior: 'allow', standIn })
  }
}

/** On the disk first, then to Claude Code: whatever happens in between, nothing runs twice. */
function settle({ waiting, events }: State, requestId: string, result: Answer, resolution: Resolution): void {
  const request = waiting.get(requestId)
  if (request === undefined) return
  waiting.delete(requestId)
  events.said(say('request_resolved', { requestId, ...resolution }, { key: requestId }))
  // Also of a held one, whom nobody asks for: or the next start would say once more how it ended.
  const isKept = kept(() => events.resolved(requestId))
  request.asking?.answer(isKept ? result : NOT_KEPT)
}

/** The call as it would be made, where that is not what was asked about. */
function changedBy(question: ToolQuestion, result: Answer): ToolQuestion | undefined {
  const input = result.behavior === 'allow' ? result.updatedInput : undefined
  const same = input === undefined || canonicalJson(input) === canonicalJson(question.input)
  return same ? undefined : { ...question, input }
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

const NOT_KEPT: Answer = {
  behavior: 'deny',
  message: 'The decision could not be kept, so it was not applied.',
}
const GONE: Answer = { behavior: 'deny', message: 'The run was stopped before anybody decided.' }

/** A subagent's state ends with its process, so nobody could go on with its call. */
function callOf({ tool, options, transcript, plan }: ToolQuestion, body: RequestBody): AskedCall | undefined {
  if (transcript === undefined || options.agentID !== undefined) return undefined
  const toolUseId = options.toolUseID
  const { type, digest, suggestions } = body
  return {
    toolUseId,
    tool,
    type,
    digest,
    transcript,
    body,
    ...(suggestions === undefined ? {} : { suggestions }),
    ...(plan === undefined ? {} : { plan }),
  }
}

/** What "always" means is what was shown, also where Claude Code suggests something else the second time. */
function suggestionsOf(call: AskedCall | undefined): Pick<ToolQuestion['options'], 'suggestions'> {
  const { suggestions } = call ?? {}
  return suggestions === undefined ? {} : { suggestions }
}
