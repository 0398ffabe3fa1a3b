import type { Author, Entry } from '@farhand/shared'

/** What the relay has on its disk, in the shape of the product's tables. Rows are replaced, never changed in place. */
export type Tables = {
  logEpoch: string
  agents: Map<string, { connNo: number; epoch: number }>
  /** Who serves a project. */
  projects: Map<string, string>
  sessions: Map<string, SessionRow>
  /** By session and seq, in the order of writing. */
  entries: Map<string, Map<number, EntryRow>>
  inputs: Map<string, InputRow>
  requests: Map<string, RequestRow>
  /** The position of the newest entry of all. */
  position: number
  compactedTo: number
}

export type SessionRow = {
  projectId: string
  head: number
  lastN: number
  running: number
  attention: number
  lastStatus: 'complete' | 'error' | undefined
  lastCode: string | undefined
}
export type EntryRow = { position: number; n: number | undefined; entry: Entry }
export type InputRow = {
  inputId: string
  sessionId: string
  seq: number
  kind: string
  bodyHash: string
  expiresAt: number | undefined
  delivered: boolean
  finished: boolean
}
export type RequestRow = {
  sessionId: string
  key: string
  commandId: string
  digest: string | undefined
  seq: number
  state: 'open' | 'decided' | 'resolved'
  by: Author | undefined
  at: number
}

export function newTables(logEpoch: string): Tables {
  return {
    logEpoch,
    agents: new Map(),
    projects: new Map(),
    sessions: new Map(),
    entries: new Map(),
    inputs: new Map(),
    requests: new Map(),
    position: 0,
    compactedTo: 0,
  }
}

/** A copy that shares the rows. */
export function copyTables(tables: Tables): Tables {
  return {
    ...tables,
    agents: new Map(tables.agents),
    projects: new Map(tables.projects),
    sessions: new Map(tables.sessions),
    entries: new Map([...tables.entries].map(([sessionId, rows]) => [sessionId, new Map(rows)])),
    inputs: new Map(tables.inputs),
    requests: new Map(tables.requests),
  }
}

export const HELD_KEY_PREFIX = 'held:'

/** Under which a held command waits for a person, as a request does. */
export function heldKey(commandId: string): string {
  return HELD_KEY_PREFIX + commandId
}

export function requestKey(sessionId: string, key: string): string {
  return `${sessionId} ${key}`
}
