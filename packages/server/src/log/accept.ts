import { FarhandError, MAX_WAITING_COMMANDS, type Author, type CommandResponse, type Entry } from '@farhand/shared'

/**
 * What becomes of something that wants into the log, decided from what is stored already. Pure: the store loads the
 * facts, asks, and writes what was decided, all in one transaction.
 */
export type Decision =
  | { verdict: 'accept' }
  | { verdict: 'same'; sessionId: string; seq: number }
  | { verdict: 'refuse'; error: FarhandError }
  | { verdict: 'gap'; lastN: number }
  /** Counted, so that its sender goes on, but not kept. */
  | { verdict: 'discard' }
  | { verdict: 'void' }

/** What is stored under a `commandId` or `inputId`. */
export type StoredInput = {
  sessionId: string
  projectId: string
  seq: number
  bodyHash: string
  delivered: boolean
  finished: boolean
}
export type StoredSession = { projectId: string; agentId: string; lastN: number; running: number; deleted: boolean }
export type StoredRequest = {
  digest: string | undefined
  state: 'open' | 'decided' | 'resolved'
  by: Author | undefined
}

const ACCEPT: Decision = { verdict: 'accept' }
const VOID: Decision = { verdict: 'void' }

/** LOG2: the repeat is looked at first, so that a command whose answer was lost gets it even after its `expiresAt`. */
export function acceptCommand(
  facts: { stored: StoredInput | undefined; session: StoredSession | undefined; projectExists: boolean; now: number },
  command: {
    projectId: string
    bodyHash: string
    expiresAt: number | undefined
    refusal?: FarhandError | undefined
  },
): Decision {
  const { stored, session } = facts
  if (stored !== undefined) {
    return stored.projectId === command.projectId ? repeat(stored, command.bodyHash) : conflict()
  }
  if (!facts.projectExists) return refuse('NOT_FOUND', 'There is no such project.')
  if (command.refusal !== undefined) return { verdict: 'refuse', error: command.refusal }
  if (session !== undefined && (session.projectId !== command.projectId || session.deleted)) return noSession()
  if (command.expiresAt !== undefined && command.expiresAt <= facts.now) return refuse('EXPIRED')
  if (session !== undefined && session.running >= MAX_WAITING_COMMANDS) return refuse('QUEUE_FULL')
  return ACCEPT
}

/** REQ2 and REQ3: the first decision of an open request counts, and only for the input that was shown. */
export function acceptInput(
  facts: { stored: StoredInput | undefined; session: StoredSession | undefined; request: StoredRequest | undefined },
  input: { kind: string; digest: string | undefined; bodyHash: string },
): Decision {
  if (facts.stored !== undefined) return repeat(facts.stored, input.bodyHash)
  if (facts.session === undefined || facts.session.deleted) return noSession()
  if (input.kind !== 'decision') return ACCEPT
  const { request } = facts
  if (request === undefined) return refuse('NOT_FOUND', 'There is no such request.')
  switch (request.state) {
    case 'open':
      return request.digest === input.digest ? ACCEPT : refuse('STALE')
    case 'decided':
      return refuse('ALREADY_DECIDED', decidedBy(request.by))
    case 'resolved':
      return request.by === undefined
        ? refuse('NOT_FOUND', 'This request no longer waits for an answer.')
        : refuse('ALREADY_DECIDED', decidedBy(request.by))
    default:
      return request.state satisfies never
  }
}

/**
 * What an agent writes: numbered, so a repeat is recognised and a hole is seen (LOG2, GAP, DIVERGED).
 * `stored` is the entry under the same `n`; it may be missing for an old `n`, when a final record replaced it.
 * `terminalBy` says who ended this command before.
 */
export function acceptResponse(
  facts: {
    session: StoredSession | undefined
    stored:
      | Pick<Entry, 'seq' | 'commandId' | 'kind' | 'key' | 'final' | 'digest' | 'response' | 'status' | 'code'>
      | undefined
    terminalBy: 'agent' | 'relay' | undefined
  },
  agentId: string,
  response: CommandResponse,
): Decision {
  const { session, stored } = facts
  if (session === undefined || session.agentId !== agentId) return noSession()
  if (response.n <= session.lastN) {
    if (stored !== undefined && !sameResponse(stored, response)) return refuse('DIVERGED')
    return { verdict: 'same', sessionId: response.sessionId, seq: stored?.seq ?? 0 }
  }
  if (response.n > session.lastN + 1) return { verdict: 'gap', lastN: session.lastN }
  if (session.deleted) return { verdict: 'discard' }
  if (response.isComplete && facts.terminalBy === 'agent') return refuse('DIVERGED', 'This command had ended already.')
  return ACCEPT
}

/**
 * CMD2: only what nobody holds may expire; the rest is the agent's to end. A command that the agent has said something
 * about is held there, also where its acknowledgement is still missing.
 */
export function acceptExpiry(stored: StoredInput | undefined, begun: boolean): Decision {
  return stored === undefined || stored.delivered || stored.finished || begun ? VOID : ACCEPT
}

/** CMD2: only what nobody holds can wait for a person; asked once until somebody answers. */
export function acceptHold(
  stored: StoredInput | undefined,
  begun: boolean,
  held: StoredRequest['state'] | undefined,
): Decision {
  return held === 'open' ? VOID : acceptExpiry(stored, begun)
}

/** Only a command that is held can be ended here; any other is the agent's to stop. */
export function acceptDrop(
  stored: StoredInput | undefined,
  begun: boolean,
  held: StoredRequest['state'] | undefined,
): Decision {
  return held === 'open' ? acceptExpiry(stored, begun) : VOID
}

/** What the agent said up to `n` may hold the end of the command, so all of it has to be in the log before. */
export function acceptInterrupt(
  stored: StoredInput | undefined,
  session: StoredSession | undefined,
  n: number,
): Decision {
  if (stored === undefined || stored.finished || session === undefined || session.deleted) return VOID
  return session.lastN >= n ? ACCEPT : VOID
}

/** LOG9: the agent was told once that everything up to `n` is safe, and this log, put back to an older state, has less. */
export function acceptRollForward(session: StoredSession | undefined, agentId: string, n: number): Decision {
  if (session === undefined || session.agentId !== agentId || session.deleted) return VOID
  return n > session.lastN ? ACCEPT : VOID
}

/**
 * The status of the entry that a response becomes. A command that the relay ended as EXPIRED may still have reached the
 * agent, when only the acknowledgement was lost: its late end is then told, but it is no second end (LOG5).
 */
export function entryStatus(response: CommandResponse, terminalBy: 'agent' | 'relay' | undefined): Entry['status'] {
  if (!response.isComplete || terminalBy === 'relay') return 'streaming'
  return response.status === 'error' ? 'error' : 'complete'
}

function repeat(stored: StoredInput, bodyHash: string): Decision {
  if (stored.bodyHash !== bodyHash) return conflict()
  return { verdict: 'same', sessionId: stored.sessionId, seq: stored.seq }
}

function sameResponse(stored: NonNullable<Parameters<typeof acceptResponse>[0]['stored']>, response: CommandResponse) {
  return (
    stored.commandId === response.commandId &&
    stored.kind === response.kind &&
    stored.key === response.key?.toWellFormed() &&
    (stored.final ?? false) === (response.final ?? false) &&
    stored.digest === response.digest?.toWellFormed() &&
    stored.code === response.code?.toWellFormed() &&
    (stored.status === 'streaming' || response.isComplete) &&
    stored.response === response.data.toWellFormed()
  )
}

function decidedBy(by: Author | undefined): string {
  if (by === undefined) return 'This request was answered already.'
  return `${by.name}${by.device === undefined ? '' : ` (${by.device})`} answered this request first.`
}

function conflict(): Decision {
  return refuse('IDEMPOTENCY_CONFLICT')
}

/** A foreign session is answered exactly as a missing one. */
function noSession(): Decision {
  return refuse('NOT_FOUND', 'There is no such session.')
}

function refuse(code: FarhandError['code'], message?: string): Decision {
  return { verdict: 'refuse', error: new FarhandError(code, message) }
}
