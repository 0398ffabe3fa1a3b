import {
  authorSchema,
  claudeCodeOptionsSchema,
  type AgentCommand,
  type Attention,
  type Author,
  type Entry,
  type SessionSummary,
} from '@farhand/shared'
import type { WaitingInput } from '../store.ts'
import type { EntryRow, InputRow, RequestRow, SessionRow } from './schema.ts'

/** Rows as the tables hold them, and the shapes that leave the store. */

export const ENTRY_COLUMNS = 'session_id, seq, command_id, kind, key, final, digest, body, status, code, author, at'

export function toEntry(row: EntryRow, prev: number): Entry {
  return {
    type: 'command_result',
    sessionId: row.session_id,
    seq: row.seq,
    prev,
    commandId: row.command_id,
    kind: row.kind,
    ...(row.key === null ? {} : { key: row.key }),
    ...(row.final === null ? {} : { final: row.final === 1 }),
    ...(row.digest === null ? {} : { digest: row.digest }),
    response: row.body,
    status: row.status,
    ...(row.code === null ? {} : { code: row.code }),
    ...(row.author === null ? {} : { author: toAuthor(row.author) }),
    at: row.at,
  }
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
