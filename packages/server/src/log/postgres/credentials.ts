import type { LiveWebSession, TokenRecord, WebSessionRecord } from '../store.ts'
import type { Connection } from './database.ts'

/** Tokens and browser logins, by the hash of their secret. */

const SQL = {
  insertToken: `insert into tokens (token_id, role, name, hash, created_at) values ($1, $2, $3, $4, $5)`,
  token: `select token_id as "tokenId", role, name from tokens where hash = $1`,
  tokenExists: `select 1 from tokens where token_id = $1`,
  tokens: `select token_id as "tokenId", role, name, created_at as "createdAt" from tokens order by created_at`,
  deleteToken: `delete from tokens where token_id = $1`,
  deleteLoginsOf: `delete from web_sessions where token_id = $1`,
  deleteExpired: `delete from web_sessions where expires_at <= $1`,
  insertWebSession: `insert into web_sessions (hash, token_id, name, device, created_at, expires_at)
    values ($1, $2, $3, $4, $5, $6)`,
  webSession: `select hash, token_id, name, device, expires_at, created_at, seen_at from web_sessions
    where hash = $1 and expires_at > $2`,
  webSessions: `select hash, token_id, name, device, expires_at, created_at, seen_at from web_sessions
    where expires_at > $1 order by coalesce(seen_at, created_at) desc`,
  touchWebSession: `update web_sessions set seen_at = $2 where hash = $1`,
  deleteWebSession: `delete from web_sessions where hash = $1`,
  deleteWebSessions: `delete from web_sessions`,
} as const

export async function insertToken(
  connection: Connection,
  token: TokenRecord & { hash: string },
  now: number,
): Promise<void> {
  await connection.run(SQL.insertToken, [token.tokenId, token.role, token.name, token.hash, now])
}

export async function readToken(connection: Connection, hash: string): Promise<TokenRecord | undefined> {
  return (await connection.query<TokenRecord>(SQL.token, [hash]))[0]
}

export async function tokenExists(connection: Connection, tokenId: string): Promise<boolean> {
  return (await connection.query(SQL.tokenExists, [tokenId])).length > 0
}

export async function readTokens(connection: Connection): Promise<(TokenRecord & { createdAt: number })[]> {
  return await connection.query<TokenRecord & { createdAt: number }>(SQL.tokens)
}

export async function deleteToken(connection: Connection, tokenId: string): Promise<boolean> {
  await connection.run(SQL.deleteLoginsOf, [tokenId])
  return (await connection.run(SQL.deleteToken, [tokenId])) > 0
}

export async function insertWebSession(connection: Connection, session: WebSessionRecord, now: number): Promise<void> {
  const { hash, tokenId = null, name, device = null, expiresAt } = session
  await connection.run(SQL.deleteExpired, [now])
  await connection.run(SQL.insertWebSession, [hash, tokenId, name, device, now, expiresAt])
}

export async function readWebSession(
  connection: Connection,
  hash: string,
  now: number,
): Promise<WebSessionRecord | undefined> {
  const [row] = await connection.query<WebSessionRow>(SQL.webSession, [hash, now])
  return row === undefined ? undefined : toWebSession(row)
}

export async function readWebSessions(connection: Connection, now: number): Promise<LiveWebSession[]> {
  const rows = await connection.query<WebSessionRow>(SQL.webSessions, [now])
  return rows.map((row) => ({
    ...toWebSession(row),
    createdAt: row.created_at,
    seenAt: row.seen_at ?? row.created_at,
  }))
}

export async function touchWebSession(connection: Connection, hash: string, now: number): Promise<void> {
  await connection.run(SQL.touchWebSession, [hash, now])
}

export async function deleteWebSession(connection: Connection, hash: string): Promise<void> {
  await connection.run(SQL.deleteWebSession, [hash])
}

export async function deleteWebSessions(connection: Connection): Promise<number> {
  return await connection.run(SQL.deleteWebSessions)
}

type WebSessionRow = {
  hash: string
  token_id: string | null
  name: string
  device: string | null
  expires_at: number
  created_at: number
  seen_at: number | null
}

function toWebSession(row: WebSessionRow): WebSessionRecord {
  const { hash, name } = row
  return { hash, tokenId: row.token_id ?? undefined, name, device: row.device ?? undefined, expiresAt: row.expires_at }
}
