import { toPush, toPushNews, toPushNewsValues, type PushNewsRow, type PushRow } from '../push/rows.ts'
import type { PushNews, PushRecord, SavedPush } from '../push/store.ts'
import type { Connection } from './database.ts'

/** Whom to tell when no page is open, and what they were told. */

const SQL = {
  /** Locked, so that it does not end in between. */
  login: `select 1 from web_sessions where hash = $1 for share`,
  leave: `delete from push_subscriptions where endpoint = $1 and login <> $2`,
  save: `insert into push_subscriptions as p (login, endpoint, p256dh, auth, kinds, created_at, saved_at, problem)
    values ($1, $2, $3, $4, $5, $6, $6, null) on conflict (login) do update set
    problem = case p.endpoint when excluded.endpoint then p.problem end, endpoint = excluded.endpoint,
    p256dh = excluded.p256dh, auth = excluded.auth, kinds = excluded.kinds, saved_at = excluded.saved_at`,
  trim: `delete from push_subscriptions where login in (
    select login from push_subscriptions order by saved_at desc, login offset $1)`,
  all: `select * from push_subscriptions order by created_at, login`,
  of: `select * from push_subscriptions where login = $1`,
  delete: `delete from push_subscriptions where endpoint = $1`,
  note: `update push_subscriptions set problem = $1 where endpoint = $2`,
  add: `insert into push_news (session_id, key, kind, seq, at, told) values ($1, $2, $3, $4, $5, 0) on conflict do nothing`,
  news: `select r.session_id, r.key, 'need' as kind, r.seq, r.at from requests r join sessions s using (session_id)
      left join push_news n on n.session_id = r.session_id and n.key = r.key
    where r.state = 'open' and r.state <> 'resolved' and r.at > $1 and r.at <= $2 and r.seq > s.read_up_to
      and s.archived = 0 and s.deleted = 0 and (n.seq is null or n.seq < r.seq)
    union all
    select session_id, key, kind, seq, at from push_news where told = 0 and at <= $2 order by at`,
  claim: `insert into push_news as n (session_id, key, kind, seq, at, told) values ($1, $2, $3, $4, $5, 1)
    on conflict (session_id, key) do update set told = 1, kind = excluded.kind, seq = excluded.seq, at = excluded.at
    where n.seq < excluded.seq`,
  take: `delete from push_news where session_id = $1 and key = $2 and kind = $3 and seq = $4 and at = $5 and told = $6`,
  over: `select n.session_id, n.key, n.kind, n.seq, n.at from push_news n
      left join requests r on r.session_id = n.session_id and r.key = n.key
    where n.told = 1 and (r.state is null or r.state <> 'open') order by n.at`,
} as const

export async function savePush(connection: Connection, push: SavedPush, now: number, most: number): Promise<boolean> {
  const { login, endpoint, keys, kinds } = push
  if ((await connection.query(SQL.login, [login])).length === 0) return false
  await connection.run(SQL.leave, [endpoint, login])
  await connection.run(SQL.save, [login, endpoint, keys.p256dh, keys.auth, JSON.stringify(kinds), now])
  await connection.run(SQL.trim, [most])
  return true
}

export async function readPushes(connection: Connection): Promise<PushRecord[]> {
  return (await connection.query<PushRow>(SQL.all)).map(toPush)
}

export async function readPushOf(connection: Connection, login: string): Promise<PushRecord | undefined> {
  const [row] = await connection.query<PushRow>(SQL.of, [login])
  return row && toPush(row)
}

export async function deletePush(connection: Connection, endpoint: string): Promise<void> {
  await connection.run(SQL.delete, [endpoint])
}

export async function notePush(connection: Connection, endpoint: string, problem: string | undefined): Promise<void> {
  await connection.run(SQL.note, [problem ?? null, endpoint])
}

export async function addPushNews(connection: Connection, news: PushNews): Promise<void> {
  await connection.run(SQL.add, toPushNewsValues(news))
}

export async function readPushNews(connection: Connection, since: number, until: number): Promise<PushNews[]> {
  return (await connection.query<PushNewsRow>(SQL.news, [since, until])).map(toPushNews)
}

/** A request stays until it is over, so that it is told once; of the end of a run nothing has to stay. */
export async function claimPushNews(connection: Connection, news: PushNews): Promise<boolean> {
  const values = toPushNewsValues(news)
  const changed = news.kind === 'need' ? connection.run(SQL.claim, values) : connection.run(SQL.take, [...values, 0])
  return (await changed) > 0
}

export async function readPushedOver(connection: Connection): Promise<PushNews[]> {
  return (await connection.query<PushNewsRow>(SQL.over)).map(toPushNews)
}

export async function claimPushedOver(connection: Connection, news: PushNews): Promise<boolean> {
  return (await connection.run(SQL.take, [...toPushNewsValues(news), 1])) > 0
}
