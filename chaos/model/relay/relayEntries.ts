import {
  acceptDrop,
  acceptHold,
  acceptInterrupt,
  acceptRollForward,
  type StoredInput,
} from '../../../packages/server/src/log/accept.ts'
import type { Append, Outcome } from '../../../packages/server/src/log/store.ts'
import type { Code } from '../code.ts'
import { change, endCommand, insertEntry, loadInput, saveRequest, sessionFacts, type NewEntry } from './rows.ts'
import { heldKey, requestKey, type Tables } from './tables.ts'

/** What the relay itself writes, as `packages/server/src/log/batch/relayEntries.ts` does it over a database. */

type Of<T extends Append['type']> = Extract<Append, { type: T }>
type Batch = { tables: Tables; code: Pick<Code, 'acceptExpiry'>; now: number }

const VOID: Outcome = { verdict: 'void' }

export function appendExpiry(batch: Batch, { commandId }: Of<'expire'>): Outcome {
  const message = 'The command was not started in time.'
  return end(batch, commandId, 'EXPIRED', message, batch.code.acceptExpiry)
}

export function appendHold({ tables, now }: Batch, { commandId, waitedMs }: Of<'hold'>): Outcome {
  const stored = loadInput(tables, commandId)
  const begun = hasBegun(tables, stored, commandId)
  const key = heldKey(commandId)
  const held = tables.requests.get(requestKey(stored?.sessionId ?? '', key))
  if (stored === undefined || acceptHold(stored, begun, held?.state).verdict !== 'accept')
    return notEnded(stored, begun, commandId)
  const { sessionId } = stored
  const said = { ...relayEntry(commandId, 'held', { waitedMs }, now), key }
  const entry = insertEntry(tables, sessionId, said, undefined)
  const rest = { digest: undefined, by: undefined, at: now }
  saveRequest(tables, { sessionId, key, commandId, seq: entry.seq, state: 'open', ...rest })
  return { verdict: 'accepted', entry }
}

export function appendDrop(batch: Batch, { sessionId, commandId }: Of<'drop'>): Outcome {
  const { tables } = batch
  if (loadInput(tables, commandId)?.sessionId !== sessionId) return VOID
  const held = tables.requests.get(requestKey(sessionId, heldKey(commandId)))
  return end(batch, commandId, 'CANCELLED', 'Somebody stopped the command.', (stored, begun) =>
    acceptDrop(stored, begun, held?.state),
  )
}

export function appendInterrupt({ tables, now }: Batch, { commandId, n }: Of<'interrupt'>): Outcome {
  const stored = loadInput(tables, commandId)
  if (stored === undefined) return VOID
  if (acceptInterrupt(stored, sessionFacts(tables, stored.sessionId), n).verdict !== 'accept') return VOID
  const said = [...(tables.entries.get(stored.sessionId)?.values() ?? [])].map(({ entry }) => entry)
  const ended = said.find((entry) => entry.commandId === commandId && entry.status !== 'streaming')
  if (ended !== undefined) {
    endCommand(tables, ended)
    return VOID
  }
  const message = 'The agent does not hold this command any more; how it ended cannot be known.'
  return finish(tables, stored.sessionId, commandId, 'INTERRUPTED', message, now)
}

export function appendRollForward({ tables, now }: Batch, { sessionId, agentId, n }: Of<'roll_forward'>): Outcome {
  const session = sessionFacts(tables, sessionId)
  if (session === undefined || acceptRollForward(session, agentId, n).verdict !== 'accept') return VOID
  const lost = n - session.lastN
  const what = lost === 1 ? 'an entry' : `${lost} entries`
  const message = `The relay's log was put back to an older state; ${what} of this session were lost.`
  const said = relayEntry(sessionId, 'notice', { level: 'warning', type: 'log_rolled_back', message, lost }, now)
  const entry = insertEntry(tables, sessionId, { ...said, code: 'LOG_ROLLED_BACK' }, undefined)
  change(tables, sessionId, () => ({ lastN: n }))
  return { verdict: 'accepted', entry }
}

function end(
  { tables, now }: Batch,
  commandId: string,
  code: string,
  message: string,
  accept: Code['acceptExpiry'],
): Outcome {
  const stored = loadInput(tables, commandId)
  const begun = hasBegun(tables, stored, commandId)
  if (stored === undefined || accept(stored, begun).verdict !== 'accept') return notEnded(stored, begun, commandId)
  return finish(tables, stored.sessionId, commandId, code, message, now)
}

function hasBegun(tables: Tables, stored: StoredInput | undefined, commandId: string): boolean {
  const said = [...(tables.entries.get(stored?.sessionId ?? '')?.values() ?? [])]
  return said.some(({ n, entry }) => n !== undefined && entry.commandId === commandId)
}

function notEnded(stored: StoredInput | undefined, begun: boolean, commandId: string): Outcome {
  if (stored === undefined || !begun || stored.delivered || stored.finished) return VOID
  return { verdict: 'void', begun: { sessionId: stored.sessionId, commandId } }
}

function finish(
  tables: Tables,
  sessionId: string,
  commandId: string,
  code: string,
  message: string,
  at: number,
): Outcome {
  const said = relayEntry(commandId, 'run_finished', { error: { code, message }, durationMs: 0 }, at)
  const entry = insertEntry(tables, sessionId, { ...said, status: 'error', code }, undefined)
  endCommand(tables, entry)
  return { verdict: 'accepted', entry }
}

function relayEntry(commandId: string, kind: string, body: object, at: number): NewEntry {
  return { commandId, kind, response: JSON.stringify(body), status: 'streaming', at }
}
