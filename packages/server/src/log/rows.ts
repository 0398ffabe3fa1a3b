import {
  authorSchema,
  claudeCodeOptionsSchema,
  type AgentCommand,
  type Attention,
  type Author,
  type Entry,
  type SessionSummary,
} from '@farhand/shared'
import type { SessionChange, WaitingInput } from './store.ts'

/**
 * Rows as the tables of both stores hold them, and the shapes that leave a store. Booleans are 0 and 1, JSON is text, times are
 * epoch milliseconds.
 */

export type SessionRow = {
  session_id: string
  project_id: string
  head: number
  /** The agent's newest `n`. */
  last_n: number
  running: number
  attention: number
  last_status: 'complete' | 'error' | null
  last_code: string | null
  title: string | null
  archived: number
  pinned: number
  read_up_to: number
  deleted: number
  created_at: number
  updated_at: number
  marked_unread: number
}

/** Whether a session counts as unread because somebody wants it to, after a change. Pure. */
export function markAfter({ marked_unread }: Pick<SessionRow, 'marked_unread'>, change: SessionChange): number {
  const { markedUnread, readUpTo } = change
  if (markedUnread !== undefined) return Number(markedUnread)
  return readUpTo === undefined ? marked_unread : 0
}

export type EntryRow = {
  session_id: string
  seq: number
  command_id: string
  kind: string
  key: string | null
  final: number | null
  digest: string | null
  body: string
  status: 'streaming' | 'complete' | 'error'
  code: string | null
  author: string | null
  at: number
}

export type InputRow = {
  input_id: string
  session_id: string
  seq: number
  kind: string
  body_hash: string
  options: string | null
  working_directory: string | null
  expires_at: number | null
  delivered: number
  /** Whether a command has its terminal entry. */
  finished: number
}

export type RequestRow = {
  session_id: string
  key: string
  command_id: string
  digest: string | null
  seq: number
  state: 'open' | 'decided' | 'resolved'
  decided_by: string | null
  at: number
}

/** The key under which a held command waits for a person, as a request does. */
export const HELD_KEY_PREFIX = 'held:'

/** A delta: a preview that a final record of the same key replaces. `isDelta` of `websocket/finalDetail.ts` says the same. */
export const IS_DELTA = `kind in ('text', 'thinking') and key is not null and coalesce(final, 0) = 0`

export const ENTRY_COLUMNS = 'session_id, seq, command_id, kind, key, final, digest, body, status, code, author, at'

/** The hottest function of a store, hence no spreads. */
export function toEntry(row: EntryRow, prev: number): Entry {
  const entry: Entry = {
    type: 'command_result',
    sessionId: row.session_id,
    seq: row.seq,
    prev,
    commandId: row.command_id,
    kind: row.kind,
    response: row.body,
    status: row.status,
    at: row.at,
  }
  if (row.key !== null) entry.key = row.key
  if (row.final !== null) entry.final = row.final === 1
  if (row.digest !== null) entry.digest = row.digest
  if (row.code !== null) entry.code = row.code
  if (row.author !== null) entry.author = toAuthor(row.author)
  return entry
}

export function toSummary(row: SessionRow): SessionSummary {
  return {
    sessionId: row.session_id,
    projectId: row.project_id,
    ...(row.title === null ? {} : { title: row.title }),
    head: row.head,
    running: row.running,
    attention: row.attention,
    ...(row.last_status === null ? {} : { lastStatus: row.last_status }),
    ...(row.last_code === null ? {} : { lastCode: row.last_code }),
    archived: row.archived === 1,
    pinned: row.pinned === 1,
    readUpTo: row.read_up_to,
    ...(row.marked_unread === 1 ? { markedUnread: true } : {}),
    ...(row.deleted === 1 ? { deleted: true } : {}),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

export function toAttention(row: RequestRow): Attention {
  return {
    sessionId: row.session_id,
    key: row.key,
    ...(row.digest === null ? {} : { digest: row.digest }),
    seq: row.seq,
    state: row.state,
    ...(row.decided_by === null ? {} : { by: toAuthor(row.decided_by) }),
    at: row.at,
  }
}

/** An input with the entry that carries its text. */
export type WaitingRow = Pick<InputRow, 'input_id' | 'options' | 'working_directory' | 'expires_at'> &
  EntryRow & { project_id: string; confirmed_at: number | null }

export function toWaitingInput(row: WaitingRow): WaitingInput {
  return { input: toAgentCommand(row), ...(row.confirmed_at === null ? {} : { confirmedAt: row.confirmed_at }) }
}

function toAgentCommand(row: WaitingRow): AgentCommand {
  return {
    type: 'agent_command',
    sessionId: row.session_id,
    projectId: row.project_id,
    seq: row.seq,
    inputId: row.input_id,
    kind: row.kind,
    ...(row.key === null ? {} : { key: row.key }),
    ...(row.digest === null ? {} : { digest: row.digest }),
    command: row.body,
    options: row.options === null ? {} : claudeCodeOptionsSchema.parse(JSON.parse(row.options)),
    ...(row.working_directory === null ? {} : { workingDirectory: row.working_directory }),
    ...(row.expires_at === null ? {} : { expiresAt: row.expires_at }),
    author: row.author === null ? { id: 'relay', name: 'Farhand' } : toAuthor(row.author),
    at: row.at,
  }
}

export function toAuthor(json: string): Author {
  return authorSchema.parse(JSON.parse(json))
}
