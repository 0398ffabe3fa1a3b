import { sql, type Generated, type Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** The tables as Kysely knows them. Booleans are 0 and 1, JSON is text, times are epoch milliseconds. */
export type Schema = {
  meta: { key: string; value: string }
  agents: { agent_id: string; name: string; host: string; conn_no: number; epoch: number; updated_at: number }
  projects: { project_id: string; agent_id: string; name: string; path: string; created_at: number }
  sessions: SessionRow
  entries: EntryRow & { id: Generated<number>; n: number | null }
  inputs: InputRow
  requests: RequestRow
  tokens: { token_id: string; role: 'owner' | 'agent'; name: string; hash: string; created_at: number }
  web_sessions: { hash: string; token_id: string | null; name: string; created_at: number; expires_at: number }
}

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

/** Applied in the order of their names; a published one is never changed, only followed. */
export const migrations: Record<string, Migration> = {
  '0001_first': { up: first },
  '0002_open_commands': { up: openCommands },
}

async function first(db: Kysely<unknown>): Promise<void> {
  const statements = [
    sql`create table meta (key text primary key, value text not null) strict`,
    sql`create table agents (
      agent_id text primary key, name text not null, host text not null, conn_no integer not null,
      epoch integer not null, updated_at integer not null) strict`,
    sql`create table projects (
      project_id text primary key, agent_id text not null references agents, name text not null, path text not null,
      created_at integer not null) strict`,
    sql`create index projects_of_agent on projects (agent_id)`,
    sql`create table sessions (
      session_id text primary key, project_id text not null references projects, head integer not null,
      last_n integer not null, running integer not null, attention integer not null, last_status text, last_code text,
      title text, archived integer not null, pinned integer not null, read_up_to integer not null,
      deleted integer not null, created_at integer not null, updated_at integer not null) strict`,
    sql`create index sessions_of_project on sessions (project_id, updated_at)`,
    sql`create table entries (
      id integer primary key, session_id text not null references sessions, seq integer not null, n integer,
      command_id text not null, kind text not null, key text, final integer, digest text, body text not null,
      status text not null, code text, author text, at integer not null) strict`,
    sql`create unique index entries_seq on entries (session_id, seq)`,
    sql`create unique index entries_n on entries (session_id, n) where n is not null`,
    sql`create unique index entries_terminal on entries (session_id, command_id) where status <> 'streaming'`,
    sql`create index entries_final on entries (session_id, key) where final = 1`,
    sql`create table inputs (
      input_id text primary key, session_id text not null references sessions, seq integer not null, kind text not null,
      body_hash text not null, options text, working_directory text, expires_at integer, delivered integer not null,
      finished integer not null) strict`,
    sql`create index inputs_waiting on inputs (session_id, seq) where delivered = 0`,
    sql`create index inputs_expiring on inputs (expires_at) where delivered = 0 and finished = 0 and expires_at is not null`,
    sql`create table requests (
      session_id text not null references sessions, key text not null, command_id text not null, digest text,
      seq integer not null, state text not null, decided_by text, at integer not null,
      primary key (session_id, key)) strict, without rowid`,
    sql`create index requests_of_command on requests (session_id, command_id) where state <> 'resolved'`,
    sql`create table tokens (
      token_id text primary key, role text not null, name text not null, hash text not null unique,
      created_at integer not null) strict`,
    sql`create table web_sessions (
      hash text primary key, token_id text, name text not null, created_at integer not null,
      expires_at integer not null) strict`,
  ]
  for (const statement of statements) await statement.execute(db)
}

/** A hello asks which commands of an agent have no end, among all inputs that there ever were. */
async function openCommands(db: Kysely<unknown>): Promise<void> {
  await sql`create index inputs_open on inputs (session_id) where kind = 'command' and finished = 0`.execute(db)
}
