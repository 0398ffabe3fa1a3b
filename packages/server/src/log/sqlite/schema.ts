import { sql, type Generated, type Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { EntryRow, InputRow, RequestRow, SessionRow } from '../rows.ts'

/** The tables as Kysely knows them. Booleans are 0 and 1, JSON is text, times are epoch milliseconds. */
export type Schema = {
  meta: { key: string; value: string }
  agents: { agent_id: string; name: string; host: string; conn_no: number; epoch: number; updated_at: number }
  projects: { project_id: string; agent_id: string; name: string; path: string; created_at: number }
  sessions: SessionRow
  /** The entries that stay, and previews with something unusual about them. */
  records: EntryRow & { id: Generated<number>; n: number | null }
  previews: PreviewRow
  inputs: InputRow
  requests: RequestRow
  tokens: { token_id: string; role: 'owner' | 'agent'; name: string; hash: string; created_at: number }
  web_sessions: {
    hash: string
    token_id: string | null
    name: string
    created_at: number
    expires_at: number
    device: string | null
    /** Null: not since it was opened. */
    seen_at: number | null
  }
}

/**
 * Previews that one commit stored behind each other, of one key: the bulk of what streams in, and gone when their record
 * is there. The entry `seq + i` of the log has the agent's number `n + i`, the i-th text and the i-th time.
 */
export type PreviewRow = {
  /** Records and previews share their ids, so that it is known what is newer. */
  id: number
  session_id: string
  seq: number
  n: number
  count: number
  command_id: string
  kind: string
  key: string
  /** JSON arrays, as long as `count` says. */
  ats: string
  texts: string
}

/** Applied in the order of their names; a published one is never changed, only followed. */
export const migrations: Record<string, Migration> = {
  '0001_first': { up: first },
  '0002_open_commands': { up: openCommands },
  '0003_devices': { up: devices },
  '0004_previews': { up: previews },
  '0005_retention': { up: retention },
  '0006_marked_unread': { up: markedUnread },
  '0007_push': { up: push },
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

/** A list of who is signed in names their devices. */
async function devices(db: Kysely<unknown>): Promise<void> {
  await sql`alter table web_sessions add column device text`.execute(db)
  await sql`alter table web_sessions add column seen_at integer`.execute(db)
}

/**
 * Most of what an agent says are previews, so many at once share a row; `entries` is both tables for whoever reads with a tool.
 * A list of sessions is sorted when it is asked for, which is rare beside the entries that would each move their session in
 * an index.
 */
async function previews(db: Kysely<unknown>): Promise<void> {
  const statements = [
    sql`create table previews (
      id integer primary key, session_id text not null references sessions, seq integer not null, n integer not null,
      count integer not null, command_id text not null, kind text not null, key text not null, ats text not null,
      texts text not null) strict`,
    sql`create unique index previews_seq on previews (session_id, seq, n)`,
    sql`alter table entries rename to records`,
    sql`create view entries as
      select id, session_id, seq, n, command_id, kind, key, final, digest, body, status, code, author, at from records
      union all
      select p.id, p.session_id, p.seq + t.key, p.n + t.key, p.command_id, p.kind, p.key, null, null, t.value, 'streaming',
        null, null, json_extract(p.ats, '$[' || t.key || ']') from previews p, json_each(p.texts) t`,
    sql`drop index sessions_of_project`,
    sql`create index sessions_of_project on sessions (project_id)`,
  ]
  for (const statement of statements) await statement.execute(db)
}

/** Rules by which sessions are deleted, and what was deleted by them. Asked for in plain SQL (`retention.ts`). */
async function retention(db: Kysely<unknown>): Promise<void> {
  const statements = [
    sql`create table retention_rules (
      scope text primary key, rule text not null, set_at integer not null, set_by text not null, log_epoch text not null,
      checked_at integer not null, stopped text) strict`,
    sql`create table retention_records (
      round_id text primary key, at integer not null, project_id text not null, rule text not null,
      sessions integer not null, entries integer not null, bytes integer not null, oldest integer not null,
      newest integer not null) strict`,
    sql`create index retention_records_at on retention_records (at)`,
  ]
  for (const statement of statements) await statement.execute(db)
}

/** A session that somebody wants to come back to. */
async function markedUnread(db: Kysely<unknown>): Promise<void> {
  await sql`alter table sessions add column marked_unread integer not null default 0`.execute(db)
}

/** Whom to tell when no page is open, and what they were told. Asked for in plain SQL (`push.ts`). */
async function push(db: Kysely<unknown>): Promise<void> {
  const statements = [
    sql`create table push_subscriptions (
      login text primary key references web_sessions (hash) on delete cascade, endpoint text not null unique,
      p256dh text not null, auth text not null, kinds text not null, created_at integer not null,
      saved_at integer not null, problem text) strict`,
    sql`create table push_news (
      session_id text not null, key text not null, kind text not null, seq integer not null, at integer not null,
      told integer not null, primary key (session_id, key)) strict, without rowid`,
  ]
  for (const statement of statements) await statement.execute(db)
}
