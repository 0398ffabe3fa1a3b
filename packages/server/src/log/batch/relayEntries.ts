import type { Entry, ErrorCode, HeldBody, NoticeBody, RunFinishedBody } from '@farhand/shared'
import {
  acceptDrop,
  acceptExpiry,
  acceptHold,
  acceptInterrupt,
  acceptRollForward,
  type StoredInput,
} from '../accept.ts'
import { HELD_KEY_PREFIX, toEntry, type RequestRow } from '../rows.ts'
import type { Append, Begun, Outcome } from '../store.ts'
import {
  endCommand,
  insertEntry,
  loadInput,
  loadSession,
  saveRequest,
  sessionFacts,
  type Batch,
  type NewEntry,
  type SessionState,
} from './batch.ts'

/** What the relay itself writes: the ends of commands that no agent ends, and what a person has to know. */

type Of<T extends Append['type']> = Extract<Append, { type: T }>

const VOID: Outcome = { verdict: 'void' }

export function appendExpiry(batch: Batch, { commandId }: Of<'expire'>): Outcome {
  return end(batch, commandId, 'EXPIRED', 'The command was not started in time.', acceptExpiry)
}

/** CMD2: it is asked about like a request, so that it counts among what waits for a person, and is gone with its end. */
export function appendHold(batch: Batch, { commandId, waitedMs }: Of<'hold'>): Outcome {
  const { stored, session, held } = load(batch, commandId)
  const begun = hasBegun(batch, stored, commandId)
  if (session === undefined || acceptHold(stored, begun !== undefined, held?.state).verdict !== 'accept')
    return notEnded(stored, begun)
  const key = HELD_KEY_PREFIX + commandId
  const body: HeldBody = { waitedMs }
  const entry = insertEntry(batch, session, relayEntry(batch, commandId, 'held', body, { key }), null)
  const row: RequestRow = {
    session_id: session.session_id,
    key,
    command_id: commandId,
    digest: null,
    seq: entry.seq,
    state: 'open',
    decided_by: null,
    at: batch.now,
  }
  saveRequest(batch, session, row, held)
  return { verdict: 'accepted', entry }
}

/** A held command is not wanted any more. Nobody has it, so nobody but the relay can end it. */
export function appendDrop(batch: Batch, { sessionId, commandId }: Of<'drop'>): Outcome {
  const { session, held } = load(batch, commandId)
  if (session?.session_id !== sessionId) return VOID
  return end(batch, commandId, 'CANCELLED', 'Somebody stopped the command.', (stored, begun) =>
    acceptDrop(stored, begun, held?.state),
  )
}

/** CMD4 as seen from here: the agent holds the command no more, and everything that it said of it is in the log. */
export function appendInterrupt(batch: Batch, { commandId, n }: Of<'interrupt'>): Outcome {
  const { stored, session } = load(batch, commandId)
  if (session === undefined || acceptInterrupt(stored, sessionFacts(session), n).verdict !== 'accept') return VOID
  const ended = batch.tables.end(session.session_id, commandId)
  if (ended !== undefined) {
    // A log that was put back heard of the end before it heard of the command again.
    endCommand(batch, session, toEntry(ended, ended.seq - 1))
    session.changed = true
    return VOID
  }
  const message = 'The agent does not hold this command any more; how it ended cannot be known.'
  return finish(batch, session, commandId, 'INTERRUPTED', message)
}

/** The numbers up to `n` were acknowledged once and are lost: told in words, and the agent goes on behind them. */
export function appendRollForward(batch: Batch, { sessionId, agentId, n }: Of<'roll_forward'>): Outcome {
  const session = loadSession(batch, sessionId)
  if (session === undefined || acceptRollForward(sessionFacts(session), agentId, n).verdict !== 'accept') return VOID
  const lost = n - session.last_n
  const body: NoticeBody = {
    level: 'warning',
    type: 'log_rolled_back',
    message: `The relay's log was put back to an older state; ${lost === 1 ? 'an entry' : `${lost} entries`} of this session were lost.`,
    lost,
  }
  const said = relayEntry(batch, sessionId, 'notice', body, { code: 'LOG_ROLLED_BACK' satisfies ErrorCode })
  const entry = insertEntry(batch, session, said, null)
  session.last_n = n
  return { verdict: 'accepted', entry }
}

function load(batch: Batch, commandId: string) {
  const stored = loadInput(batch, commandId)
  const session = stored === undefined ? undefined : loadSession(batch, stored.sessionId)
  const held = stored === undefined ? undefined : batch.tables.request(stored.sessionId, HELD_KEY_PREFIX + commandId)
  return { stored, session, held }
}

function hasBegun(batch: Batch, stored: StoredInput | undefined, commandId: string): Begun | undefined {
  if (stored === undefined || !batch.tables.hasBegun(stored.sessionId, commandId)) return undefined
  return { sessionId: stored.sessionId, commandId }
}

function notEnded(stored: StoredInput | undefined, begun: Begun | undefined): Outcome {
  const isOpen = stored !== undefined && !stored.delivered && !stored.finished
  return begun !== undefined && isOpen ? { verdict: 'void', begun } : VOID
}

function end(batch: Batch, commandId: string, code: ErrorCode, message: string, accept: typeof acceptExpiry): Outcome {
  const { stored, session } = load(batch, commandId)
  const begun = hasBegun(batch, stored, commandId)
  if (session === undefined || accept(stored, begun !== undefined).verdict !== 'accept') return notEnded(stored, begun)
  return finish(batch, session, commandId, code, message)
}

function finish(batch: Batch, session: SessionState, commandId: string, code: ErrorCode, message: string): Outcome {
  const body: RunFinishedBody = { error: { code, message }, durationMs: 0 }
  const said = relayEntry(batch, commandId, 'run_finished', body, { status: 'error', code })
  const entry: Entry = insertEntry(batch, session, said, null)
  endCommand(batch, session, entry)
  return { verdict: 'accepted', entry }
}

function relayEntry(batch: Batch, id: string, kind: string, body: object, part: Partial<NewEntry>): NewEntry {
  return {
    command_id: id,
    kind,
    key: null,
    final: null,
    digest: null,
    body: JSON.stringify(body),
    status: 'streaming',
    code: null,
    author: null,
    at: batch.now,
    ...part,
  }
}
