import type { Entry } from '@farhand/shared'
import type { StoredInput, StoredSession } from '../../../packages/server/src/log/accept.ts'
import { requestKey, type EntryRow, type RequestRow, type SessionRow, type Tables } from './tables.ts'

/** Reading and writing single rows, as `packages/server/src/log/batch/batch.ts` does. */

export type NewEntry = Omit<Entry, 'type' | 'sessionId' | 'seq' | 'prev'>

export function saveRequest(tables: Tables, row: RequestRow): void {
  const key = requestKey(row.sessionId, row.key)
  const before = tables.requests.get(key)
  tables.requests.set(key, row)
  const more = Number(row.state === 'open') - Number(before?.state === 'open')
  change(tables, row.sessionId, ({ attention }) => ({ attention: attention + more }))
}

export function endCommand(tables: Tables, entry: Entry): void {
  const { sessionId, commandId, code } = entry
  const input = tables.inputs.get(commandId)
  const ends = input?.sessionId === sessionId && input.kind === 'command' && !input.finished
  if (ends) tables.inputs.set(commandId, { ...input, finished: true, delivered: true })
  const lastStatus = entry.status === 'error' ? 'error' : 'complete'
  change(tables, sessionId, ({ running }) => ({ running: running - Number(ends), lastStatus, lastCode: code }))
  resolveRequests(tables, entry)
}

export function resolveRequests(
  tables: Tables,
  { sessionId, commandId }: Pick<Entry, 'sessionId' | 'commandId'>,
): void {
  for (const row of tables.requests.values()) {
    if (row.sessionId === sessionId && row.commandId === commandId && row.state !== 'resolved') {
      saveRequest(tables, { ...row, state: 'resolved' })
    }
  }
}

export function insertEntry(tables: Tables, sessionId: string, said: NewEntry, n: number | undefined): Entry {
  const session = tables.sessions.get(sessionId)
  if (session === undefined) throw new Error('an entry needs its session')
  const seq = session.head + 1
  const entry: Entry = { type: 'command_result', sessionId, seq, prev: seq - 1, ...said }
  const rows = tables.entries.get(sessionId) ?? new Map<number, EntryRow>()
  tables.entries.set(sessionId, rows)
  tables.position += 1
  rows.set(seq, { position: tables.position, n, entry })
  change(tables, sessionId, () => ({ head: seq }))
  return entry
}

export function change(tables: Tables, sessionId: string, how: (row: SessionRow) => Partial<SessionRow>): void {
  const row = tables.sessions.get(sessionId)
  if (row !== undefined) tables.sessions.set(sessionId, { ...row, ...how(row) })
}

export function newSession(projectId: string): SessionRow {
  return { projectId, head: 0, lastN: 0, running: 0, attention: 0, lastStatus: undefined, lastCode: undefined }
}

export function sessionFacts(tables: Tables, sessionId: string): StoredSession | undefined {
  const row = tables.sessions.get(sessionId)
  if (row === undefined) return undefined
  const { projectId, lastN, running } = row
  return { projectId, agentId: tables.projects.get(projectId) ?? '', lastN, running, deleted: false }
}

export function loadInput(tables: Tables, inputId: string): StoredInput | undefined {
  const row = tables.inputs.get(inputId)
  if (row === undefined) return undefined
  const { sessionId, seq, bodyHash, delivered, finished } = row
  return { sessionId, projectId: tables.sessions.get(sessionId)?.projectId ?? '', seq, bodyHash, delivered, finished }
}
