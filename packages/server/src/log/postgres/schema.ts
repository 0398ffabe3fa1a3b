import { sql, type Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/**
 * The tables of Postgres, with the columns of those of SQLite (`sqlite/schema.ts`). A session's numbers come from its own
 * row, which a transaction locks: so they have no holes. Where an entry lies (`id`) may have some.
 */

/** Applied in the order of their names; a published one is never changed, only followed. */
export const migrations: Record<string, Migration> = {
  '0001_first': { up: first },
  '0002_one_time': { up: oneTime },
  '0003_retention': { up: retention },
  '0004_marked_unread': { up: markedUnread },
  '0005_push': { up: push },
}

/** The columns of each table with their types; a table comes after those that it refers to. */
export const COLUMNS = {
  meta: { key: 'text', value: 'text' },
  agents: { agent_id: 'text', name: 'text', host: 'text', conn_no: 'bigint', epoch: 'bigint', updated_at: 'bigint' },
  projects: { project_id: 'text', agent_id: 'text', name: 'text', path: 'text', created_at: 'bigint' },
  sessions: {
    session_id: 'text',
    project_id: 'text',
    head: 'bigint',
    last_n: 'bigint',
    running: 'bigint',
    attention: 'bigint',
    last_status: 'text',
    last_code: 'text',
    title: 'text',
    archived: 'bigint',
    pinned: 'bigint',
    read_up_to: 'bigint',
    deleted: 'bigint',
    created_at: 'bigint',
    updated_at: 'bigint',
    marked_unread: 'bigint',
  },
  entries: {
    session_id: 'text',
    seq: 'bigint',
    n: 'bigint',
    command_id: 'text',
    kind: 'text',
    key: 'text',
    final: 'bigint',
    digest: 'text',
    body: 'text',
    status: 'text',
    code: 'text',
    author: 'text',
    at: 'bigint',
  },
  inputs: {
    input_id: 'text',
    session_id: 'text',
    seq: 'bigint',
    kind: 'text',
    body_hash: 'text',
    options: 'text',
    working_directory: 'text',
    expires_at: 'bigint',
    delivered: 'bigint',
    finished: 'bigint',
  },
  requests: {
    session_id: 'text',
    key: 'text',
    command_id: 'text',
    digest: 'text',
    seq: 'bigint',
    state: 'text',
    decided_by: 'text',
    at: 'bigint',
  },
  tokens: { token_id: 'text', role: 'text', name: 'text', hash: 'text', created_at: 'bigint' },
  web_sessions: {
    hash: 'text',
    token_id: 'text',
    name: 'text',
    created_at: 'bigint',
    expires_at: 'bigint',
    device: 'text',
    seen_at: 'bigint',
  },
  one_time: { kind: 'text', hash: 'text', owner: 'text', body: 'text', expires_at: 'timestamptz' },
  retention_rules: {
    scope: 'text',
    rule: 'text',
    set_at: 'bigint',
    set_by: 'text',
    log_epoch: 'text',
    checked_at: 'bigint',
    stopped: 'text',
  },
  retention_records: {
    round_id: 'text',
    at: 'bigint',
    project_id: 'text',
    rule: 'text',
    sessions: 'bigint',
    entries: 'bigint',
    bytes: 'bigint',
    oldest: 'bigint',
    newest: 'bigint',
  },
  push_subscriptions: {
    login: 'text',
    endpoint: 'text',
    p256dh: 'text',
    auth: 'text',
    kinds: 'text',
    created_at: 'bigint',
    saved_at: 'bigint',
    problem: 'text',
  },
  push_news: { session_id: 'text', key: 'text', kind: 'text', seq: 'bigint', at: 'bigint', told: 'bigint' },
} as const

export type TableName = keyof typeof COLUMNS

async function first(db: Kysely<unknown>): Promise<void> {
  const statements = [
    sql`create table meta (key text primary key, value text not null)`,
    sql`create table agents (
      agent_id text primary key, name text not null, host text not null, conn_no bigint not null,
      epoch bigint not null, updated_at bigint not null)`,
    sql`create table projects (
      project_id text primary key, agent_id text not null references agents, name text not null, path text not null,
      created_at bigint not null)`,
    sql`create index projects_of_agent on projects (agent_id)`,
    sql`create table sessions (
      session_id text primary key, project_id text not null references projects, head bigint not null,
      last_n bigint not null, running bigint not null, attention bigint not null, last_status text, last_code text,
      title text, archived bigint not null, pinned bigint not null, read_up_to bigint not null,
      deleted bigint not null, created_at bigint not null, updated_at bigint not null)`,
    sql`create index sessions_of_project on sessions (project_id)`,
    sql`create table entries (
      id bigint generated always as identity primary key, session_id text not null references sessions,
      seq bigint not null, n bigint, command_id text not null, kind text not null, key text, final bigint, digest text,
      body text not null, status text not null, code text, author text, at bigint not null)`,
    sql`create unique index entries_seq on entries (session_id, seq)`,
    sql`create unique index entries_n on entries (session_id, n) where n is not null`,
    sql`create unique index entries_terminal on entries (session_id, command_id) where status <> 'streaming'`,
    sql`create index entries_final on entries (session_id, key) where final = 1`,
    sql`create table inputs (
      input_id text primary key, session_id text not null references sessions, seq bigint not null, kind text not null,
      body_hash text not null, options text, working_directory text, expires_at bigint, delivered bigint not null,
      finished bigint not null)`,
    sql`create index inputs_of_session on inputs (session_id)`,
    sql`create index inputs_waiting on inputs (session_id, seq) where delivered = 0`,
    sql`create index inputs_open on inputs (session_id) where kind = 'command' and finished = 0`,
    sql`create index inputs_expiring on inputs (expires_at) where delivered = 0 and finished = 0 and expires_at is not null`,
    sql`create table requests (
      session_id text not null references sessions, key text not null, command_id text not null, digest text,
      seq bigint not null, state text not null, decided_by text, at bigint not null, primary key (session_id, key))`,
    sql`create index requests_of_command on requests (session_id, command_id) where state <> 'resolved'`,
    sql`create table tokens (
      token_id text primary key, role text not null, name text not null, hash text not null unique,
      created_at bigint not null)`,
    sql`create table web_sessions (
      hash text primary key, token_id text, name text not null, created_at bigint not null, expires_at bigint not null,
      device text, seen_at bigint)`,
  ]
  for (const statement of statements) await statement.execute(db)
}

/** Secrets that open something once, where several relays share them. */
async function oneTime(db: Kysely<unknown>): Promise<void> {
  const statements = [
    sql`create table one_time (
      id bigint generated always as identity primary key, kind text not null, hash text not null, owner text,
      body text not null, expires_at timestamptz not null, unique (kind, hash))`,
    sql`create index one_time_order on one_time (kind, id)`,
    sql`create index one_time_expiring on one_time (expires_at)`,
  ]
  for (const statement of statements) await statement.execute(db)
}

async function retention(db: Kysely<unknown>): Promise<void> {
  const statements = [
    sql`create table retention_rules (
      scope text primary key, rule text not null, set_at bigint not null, set_by text not null, log_epoch text not null,
      checked_at bigint not null, stopped text)`,
    sql`create table retention_records (
      round_id text primary key, at bigint not null, project_id text not null, rule text not null,
      sessions bigint not null, entries bigint not null, bytes bigint not null, oldest bigint not null,
      newest bigint not null)`,
    sql`create index retention_records_at on retention_records (at)`,
  ]
  for (const statement of statements) await statement.execute(db)
}

/** A session that somebody wants to come back to. */
async function markedUnread(db: Kysely<unknown>): Promise<void> {
  await sql`alter table sessions add column marked_unread bigint not null default 0`.execute(db)
}

async function push(db: Kysely<unknown>): Promise<void> {
  const statements = [
    sql`create table push_subscriptions (
      login text primary key references web_sessions (hash) on delete cascade, endpoint text not null unique,
      p256dh text not null, auth text not null, kinds text not null, created_at bigint not null, saved_at bigint not null,
      problem text)`,
    sql`create table push_news (
      session_id text not null, key text not null, kind text not null, seq bigint not null, at bigint not null,
      told bigint not null, primary key (session_id, key))`,
  ]
  for (const statement of statements) await statement.execute(db)
}
