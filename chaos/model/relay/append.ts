import type { Author, CommandResponse, Entry } from '@farhand/shared'
import type { Decision, StoredRequest } from '../../../packages/server/src/log/accept.ts'
import type { Append, Outcome } from '../../../packages/server/src/log/store.ts'
import type { Code } from '../code.ts'
import { appendDrop, appendExpiry, appendHold, appendInterrupt, appendRollForward } from './relayEntries.ts'
import {
  change,
  endCommand,
  insertEntry,
  loadInput,
  newSession,
  saveRequest,
  sessionFacts,
  type NewEntry,
  resolveRequests,
} from './rows.ts'
import { HELD_KEY_PREFIX, requestKey, type RequestRow, type Tables } from './tables.ts'

type Deciding = Pick<Code, 'acceptCommand' | 'acceptInput' | 'acceptResponse' | 'acceptExpiry' | 'entryStatus'>
type Of<T extends Append['type']> = Extract<Append, { type: T }>

/**
 * One batch, as `packages/server/src/log/batch/append.ts` does it over a database: load the facts, ask `accept.ts`, write
 * what it decided. `sameStore.test.ts` holds the two to the same answers.
 */
export function appendBatch(tables: Tables, code: Deciding, items: readonly Append[], now: number): Outcome[] {
  return items.map((item) => append({ tables, code, now }, item))
}

type Batch = { tables: Tables; code: Deciding; now: number }

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
    case 'delivered': {
      const row = batch.tables.inputs.get(item.inputId)
      if (row !== undefined) batch.tables.inputs.set(item.inputId, { ...row, delivered: true })
      return { verdict: 'void' }
    }
    default:
      return item satisfies never
  }
}

function appendCommand({ tables, code, now }: Batch, item: Of<'command'>): Outcome {
  const { commandId, sessionId, projectId, bodyHash, expiresAt, author } = item
  const stored = loadInput(tables, commandId)
  const session = sessionFacts(tables, sessionId)
  const decision = code.acceptCommand({ stored, session, projectExists: tables.projects.has(projectId), now }, item)
  if (decision.verdict !== 'accept') return toOutcome(decision)
  if (session === undefined) tables.sessions.set(sessionId, newSession(projectId))
  const entry = insertEntry(tables, sessionId, inputEntry(commandId, 'command', item.prompt, author, now), undefined)
  const waits = { delivered: false, finished: false }
  const row = { inputId: commandId, sessionId, seq: entry.seq, kind: 'command', bodyHash, expiresAt, ...waits }
  tables.inputs.set(commandId, row)
  change(tables, sessionId, ({ running }) => ({ running: running + 1 }))
  return { verdict: 'accepted', entry }
}

function appendInput({ tables, code, now }: Batch, item: Of<'input'>): Outcome {
  const { inputId, sessionId, kind, key, digest, bodyHash, author } = item
  const answers = kind === 'decision' || (kind === 'queue' && key?.startsWith(HELD_KEY_PREFIX) === true)
  const request = answers && key !== undefined ? tables.requests.get(requestKey(sessionId, key)) : undefined
  const session = sessionFacts(tables, sessionId)
  const decision = code.acceptInput(
    { stored: loadInput(tables, inputId), session, request: toStoredRequest(request) },
    item,
  )
  if (decision.verdict !== 'accept' || session === undefined) return toOutcome(decision)
  const said = { ...inputEntry(inputId, kind, item.data, author, now), ...optional({ key, digest }) }
  const entry = insertEntry(tables, sessionId, said, undefined)
  const waits = { expiresAt: undefined, delivered: false, finished: false }
  tables.inputs.set(inputId, { inputId, sessionId, seq: entry.seq, kind, bodyHash, ...waits })
  if (request?.state === 'open') saveRequest(tables, { ...request, state: 'decided', by: author, at: now })
  return { verdict: 'accepted', entry }
}

function appendResponse({ tables, code, now }: Batch, { agentId, response }: Of<'response'>): Outcome {
  const { sessionId, n } = response
  const session = sessionFacts(tables, sessionId)
  const terminalBy = response.isComplete ? terminalOf(tables, response) : undefined
  const stored = session !== undefined && n <= session.lastN ? entryByN(tables, sessionId, n) : undefined
  const decision = code.acceptResponse({ session, stored, terminalBy }, agentId, response)
  if (session === undefined || (decision.verdict !== 'accept' && decision.verdict !== 'discard')) {
    return toOutcome(decision)
  }
  change(tables, sessionId, () => ({ lastN: n }))
  if (decision.verdict === 'discard') return toOutcome(decision)
  const status = code.entryStatus(response, terminalBy)
  const entry = insertEntry(tables, sessionId, responseEntry(response, status), n)
  trackRequest(tables, response, entry, now)
  if (status !== 'streaming') endCommand(tables, entry)
  else if (response.isComplete) resolveRequests(tables, entry)
  return { verdict: 'accepted', entry }
}

function trackRequest(tables: Tables, { kind, commandId }: CommandResponse, entry: Entry, at: number): void {
  const { sessionId, key, digest, seq } = entry
  if (key === undefined || (kind !== 'request' && kind !== 'request_resolved')) return
  const known = tables.requests.get(requestKey(sessionId, key))
  if (kind === 'request') {
    saveRequest(tables, { sessionId, key, commandId, digest, seq, state: 'open', by: undefined, at })
  } else if (known !== undefined && known.state !== 'resolved') {
    saveRequest(tables, { ...known, state: 'resolved' })
  }
}

function terminalOf(tables: Tables, { sessionId, commandId }: CommandResponse): 'agent' | 'relay' | undefined {
  for (const { entry, n } of tables.entries.get(sessionId)?.values() ?? []) {
    if (entry.commandId === commandId && entry.status !== 'streaming') return n === undefined ? 'relay' : 'agent'
  }
  return undefined
}

function entryByN(tables: Tables, sessionId: string, n: number): Entry | undefined {
  for (const row of tables.entries.get(sessionId)?.values() ?? []) if (row.n === n) return row.entry
  return undefined
}

function toStoredRequest(row: RequestRow | undefined): StoredRequest | undefined {
  return row === undefined ? undefined : { digest: row.digest, state: row.state, by: row.by }
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

function inputEntry(commandId: string, kind: string, text: string, author: Author, at: number): NewEntry {
  return { commandId, kind, response: text, status: 'streaming', author, at }
}

function responseEntry(said: CommandResponse, status: Entry['status']): NewEntry {
  const { commandId, kind, key, final, digest, data, code, at } = said
  return { commandId, kind, ...optional({ key, final, digest }), response: data, status, ...optional({ code }), at }
}

/** Without what is undefined. */
function optional<T extends object>(part: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(part).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}
