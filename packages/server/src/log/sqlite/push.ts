import { PUSH_KEYS, toPush, toPushNews, toPushNewsValues, type PushNewsRow, type PushRow } from '../push/rows.ts'
import type { PushNews, PushRecord, SavedPush } from '../push/store.ts'
import type { Connection } from './connection.ts'
import { readMeta, writeMeta } from './meta.ts'

/** Whom to tell when no page is open, and what they were told. In the caller's transaction, where it writes. */

/** `state <> 'resolved'` says what the index of open requests is about; without it every request there ever was is looked at. */
const IS_OPEN = `r.state <> 'resolved' and r.state = 'open'`

const SQL = {
  login: `select 1 from web_sessions where hash = ?`,
  leave: `delete from push_subscriptions where endpoint = ? and login <> ?`,
  save: `insert into push_subscriptions (login, endpoint, p256dh, auth, kinds, created_at, saved_at, problem)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?6, null) on conflict (login) do update set
    problem = case endpoint when excluded.endpoint then problem end, endpoint = excluded.endpoint, p256dh = excluded.p256dh,
    auth = excluded.auth, kinds = excluded.kinds, saved_at = excluded.saved_at`,
  trim: `delete from push_subscriptions where login in (
    select login from push_subscriptions order by saved_at desc, login limit -1 offset ?)`,
  all: `select * from push_subscriptions order by created_at, login`,
  of: `select * from push_subscriptions where login = ?`,
  delete: `delete from push_subscriptions where endpoint = ?`,
  note: `update push_subscriptions set problem = ? where endpoint = ?`,
  add: `insert into push_news (session_id, key, kind, seq, at, told) values (?, ?, ?, ?, ?, 0) on conflict do nothing`,
  news: `select r.session_id, r.key, 'need' as kind, r.seq, r.at from requests r join sessions s using (session_id)
      left join push_news n on n.session_id = r.session_id and n.key = r.key
    where ${IS_OPEN} and r.at > ?1 and r.at <= ?2 and r.seq > s.read_up_to and s.archived = 0 and s.deleted = 0
      and (n.seq is null or n.seq < r.seq)
    union all
    select session_id, key, kind, seq, at from push_news where told = 0 and at <= ?2 order by at`,
  claim: `insert into push_news (session_id, key, kind, seq, at, told) values (?, ?, ?, ?, ?, 1)
    on conflict (session_id, key) do update set told = 1, kind = excluded.kind, seq = excluded.seq, at = excluded.at
    where seq < excluded.seq`,
  take: `delete from push_news where session_id = ? and key = ? and kind = ? and seq = ? and at = ? and told = ?`,
  over: `select n.session_id, n.key, n.kind, n.seq, n.at from push_news n
      left join requests r on r.session_id = n.session_id and r.key = n.key
    where n.told = 1 and (r.state is null or r.state <> 'open') order by n.at`,
} as const

export function savePush({ prepare }: Connection, push: SavedPush, now: number, most: number): boolean {
  const { login, endpoint, keys, kinds } = push
  if (prepare(SQL.login).get(login) === undefined) return false
  prepare(SQL.leave).run(endpoint, login)
  prepare(SQL.save).run(login, endpoint, keys.p256dh, keys.auth, JSON.stringify(kinds), now)
  prepare(SQL.trim).run(most)
  return true
}

export function readPushes({ prepare }: Connection): PushRecord[] {
  return (prepare(SQL.all).all() as PushRow[]).map(toPush)
}

export function readPushOf({ prepare }: Connection, login: string): PushRecord | undefined {
  const row = prepare(SQL.of).get(login) as PushRow | undefined
  return row && toPush(row)
}

export function deletePush({ prepare }: Connection, endpoint: string): void {
  prepare(SQL.delete).run(endpoint)
}

export function notePush({ prepare }: Connection, endpoint: string, problem: string | undefined): void {
  prepare(SQL.note).run(problem ?? null, endpoint)
}

export function addPushNews({ prepare }: Connection, news: PushNews): void {
  prepare(SQL.add).run(...toPushNewsValues(news))
}

export function readPushNews({ prepare }: Connection, since: number, until: number): PushNews[] {
  return (prepare(SQL.news).all(since, until) as PushNewsRow[]).map(toPushNews)
}

/** A request stays until it is over, so that it is told once; of the end of a run nothing has to stay. */
export function claimPushNews({ prepare }: Connection, news: PushNews): boolean {
  const values = toPushNewsValues(news)
  const { changes } = news.kind === 'need' ? prepare(SQL.claim).run(...values) : prepare(SQL.take).run(...values, 0)
  return Number(changes) > 0
}

export function readPushedOver({ prepare }: Connection): PushNews[] {
  return (prepare(SQL.over).all() as PushNewsRow[]).map(toPushNews)
}

export function claimPushedOver({ prepare }: Connection, news: PushNews): boolean {
  return Number(prepare(SQL.take).run(...toPushNewsValues(news), 1).changes) > 0
}

export function beginPushKeys(connection: Connection, made: string): string {
  const known = readMeta(connection, PUSH_KEYS)
  if (known === undefined) writeMeta(connection, PUSH_KEYS, made)
  return known ?? made
}
