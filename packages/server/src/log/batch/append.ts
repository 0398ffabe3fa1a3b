import type { Author, CommandResponse, Entry } from '@farhand/shared'
import {
  acceptCommand,
  acceptInput,
  acceptResponse,
  entryStatus,
  type Decision,
  type StoredRequest,
} from '../accept.ts'
import { failpoint } from '../../failpoint.ts'
import { HELD_KEY_PREFIX, toAuthor, toEntry, type InputRow, type RequestRow } from '../rows.ts'
import type { Append, BatchResult, Outcome } from '../store.ts'
import {
  createSession,
  endCommand,
  finishBatch,
  insertEntry,
  loadInput,
  loadSession,
  openBatch,
  resolveRequests,
  saveRequest,
  sessionFacts,
  type Batch,
  type NewEntry,
  type SessionState,
} from './batch.ts'
import { appendDrop, appendExpiry, appendHold, appendInterrupt, appendRollForward } from './relayEntries.ts'
import type { Tables } from './tables.ts'

/** One batch, inside the caller's transaction: for each item load the facts, ask `accept.ts`, write what it decided. */
export function appendBatch(tables: Tables, items: readonly Append[], now: number): BatchResult {
  const batch = openBatch(tables, now)
  const outcomes = items.map((item) => {
    const outcome = append(batch, item)
    failpoint('relay.append.betweenRows')
    return outcome
  })
  return { outcomes, ...finishBatch(batch) }
}

type Of<T extends Append['type']> = Extract<Append, { type: T }>

function append(batch: Batch, item: Append): Outcome {
  switch (item.type) {
    case 'command':
      return appendCommand(batch, item)
    case 'input':
      return appendInput(batch, item)
    case 'response':
      return appendResponse(batch, item)
    case 'expire':
      return appendExpiry(batch, item)
    case 'hold':
      return appendHold(batch, item)
    case 'drop':
      return appendDrop(batch, item)
    case 'interrupt':
      return appendInterrupt(batch, item)
    case 'roll_forward':
      return appendRollForward(batch, item)
    case 'delivered':
      batch.tables.deliver(item.inputId)
      return { verdict: 'void' }
    default:
      return item satisfies never
  }
}

function appendCommand(batch: Batch, item: Of<'command'>): Outcome {
  const { tables, now } = batch
  const session = loadSession(batch, item.sessionId)
  const decision = acceptCommand(
    {
      stored: loadInput(batch, item.commandId),
      session: sessionFacts(session),
      projectExists: tables.hasProject(item.projectId),
      now,
    },
    item,
  )
  if (decision.verdict !== 'accept') return toOutcome(decision)
  const target = session ?? createSession(batch, item.sessionId, item.projectId, item.title ?? null)
  const entry = insertEntry(batch, target, inputEntry(item.commandId, 'command', item.prompt, item.author, now), null)
  const { workingDirectory = null, expiresAt = null } = item
  const details = { options: JSON.stringify(item.options), working_directory: workingDirectory, expires_at: expiresAt }
  tables.insertInput(inputRow(item.commandId, item.bodyHash, entry, details))
  target.running += 1
  return { verdict: 'accepted', entry }
}

function appendInput(batch: Batch, item: Of<'input'>): Outcome {
  const { tables, now } = batch
  const session = loadSession(batch, item.sessionId)
  const request = answers(item) && item.key !== undefined ? tables.request(item.sessionId, item.key) : undefined
  const decision = acceptInput(
    { stored: loadInput(batch, item.inputId), session: sessionFacts(session), request: toStoredRequest(request) },
    item,
  )
  if (decision.verdict !== 'accept' || session === undefined) return toOutcome(decision)
  const key = item.key?.toWellFormed() ?? null
  const digest = item.digest?.toWellFormed() ?? null
  const entry = insertEntry(
    batch,
    session,
    { ...inputEntry(item.inputId, item.kind, item.data, item.author, now), key, digest },
    null,
  )
  tables.insertInput(inputRow(item.inputId, item.bodyHash, entry))
  if (request?.state === 'open') {
    const decided: RequestRow = { ...request, state: 'decided', decided_by: JSON.stringify(item.author), at: now }
    saveRequest(batch, session, decided, request)
  }
  return { verdict: 'accepted', entry }
}

/** Decisions of requests, and confirmations of held commands. */
function answers({ kind, key }: Of<'input'>): boolean {
  return kind === 'decision' || (kind === 'queue' && key?.startsWith(HELD_KEY_PREFIX) === true)
}

function appendResponse(batch: Batch, { agentId, response }: Of<'response'>): Outcome {
  const session = loadSession(batch, response.sessionId)
  const repeated = session !== undefined && response.n <= session.last_n
  const terminalBy = response.isComplete ? endedBy(batch, response) : undefined
  const stored = repeated ? batch.tables.entryByN(response.sessionId, response.n) : undefined
  const decision = acceptResponse(
    { session: sessionFacts(session), stored: stored && toEntry(stored, stored.seq - 1), terminalBy },
    agentId,
    response,
  )
  if (session === undefined || (decision.verdict !== 'accept' && decision.verdict !== 'discard')) {
    return toOutcome(decision)
  }
  session.last_n = response.n
  session.changed = true
  if (decision.verdict === 'discard') return toOutcome(decision)
  const status = entryStatus(response, terminalBy)
  const entry = insertEntry(batch, session, responseEntry(response, status), response.n)
  trackRequest(batch, session, response, entry)
  if (status !== 'streaming') endCommand(batch, session, entry)
  else if (response.isComplete) resolveRequests(batch, session, response.commandId) // asked after the relay had ended it
  return { verdict: 'accepted', entry }
}

/** REQ1: which requests wait is told by kind and key alone, without reading a body. */
function trackRequest(batch: Batch, session: SessionState, { kind, commandId }: CommandResponse, entry: Entry): void {
  if (entry.key === undefined || (kind !== 'request' && kind !== 'request_resolved')) return
  const known = batch.tables.request(session.session_id, entry.key)
  if (kind === 'request') {
    const opened: RequestRow = {
      session_id: session.session_id,
      key: entry.key,
      command_id: commandId,
      digest: entry.digest ?? null,
      seq: entry.seq,
      state: 'open',
      decided_by: null,
      at: batch.now,
    }
    saveRequest(batch, session, opened, known)
  } else if (known !== undefined && known.state !== 'resolved') {
    saveRequest(batch, session, { ...known, state: 'resolved', at: batch.now }, known)
  }
}

function endedBy(batch: Batch, { sessionId, commandId }: CommandResponse): 'agent' | 'relay' | undefined {
  const end = batch.tables.end(sessionId, commandId)
  if (end === undefined) return undefined
  return end.n === null ? 'relay' : 'agent'
}

function toStoredRequest(row: RequestRow | undefined): StoredRequest | undefined {
  if (row === undefined) return undefined
  const by = row.decided_by === null ? undefined : toAuthor(row.decided_by)
  return { digest: row.digest ?? undefined, state: row.state, by }
}

function toOutcome(decision: Decision): Outcome {
  switch (decision.verdict) {
    case 'same':
    case 'gap':
      return decision
    case 'refuse':
      return { verdict: 'refused', error: decision.error }
    case 'accept':
    case 'discard':
    case 'void':
      return { verdict: 'void' }
    default:
      return decision satisfies never
  }
}

function inputRow(
  id: string,
  bodyHash: string,
  { sessionId, seq, kind }: Entry,
  details: Partial<InputRow> = {},
): InputRow {
  return {
    input_id: id,
    session_id: sessionId,
    seq,
    kind,
    body_hash: bodyHash,
    options: null,
    working_directory: null,
    expires_at: null,
    delivered: 0,
    finished: 0,
    ...details,
  }
}

// The databases keep UTF-8, which has no room for half a surrogate pair: it becomes U+FFFD here, before it is published, so
// that a live reader and a later one see the same.

function inputEntry(id: string, kind: string, text: string, author: Author, at: number): NewEntry {
  return {
    command_id: id,
    kind,
    key: null,
    final: null,
    digest: null,
    body: text.toWellFormed(),
    status: 'streaming',
    code: null,
    author: JSON.stringify(author),
    at,
  }
}

function responseEntry(said: CommandResponse, status: Entry['status']): NewEntry {
  return {
    command_id: said.commandId,
    kind: said.kind,
    key: said.key?.toWellFormed() ?? null,
    final: said.final === undefined ? null : Number(said.final),
    digest: said.digest?.toWellFormed() ?? null,
    body: said.data.toWellFormed(),
    status,
    code: said.code?.toWellFormed() ?? null,
    author: null,
    at: said.at,
  }
}
