import type { LiveWebSession, TokenRecord, WebSessionRecord } from '../store.ts'
import { builder, type Connection } from './connection.ts'

/** Tokens and browser logins, by the hash of their secret. */

export function insertToken(connection: Connection, token: TokenRecord & { hash: string }, now: number): void {
  const { tokenId, role, name, hash } = token
  connection.run(
    builder.insertInto('tokens').values({ token_id: tokenId, role, name, hash, created_at: now }).compile(),
  )
}

export function readToken(connection: Connection, hash: string): TokenRecord | undefined {
  const query = builder.selectFrom('tokens').select(['token_id as tokenId', 'role', 'name']).where('hash', '=', hash)
  return connection.first(query.compile())
}

export function tokenExists(connection: Connection, tokenId: string): boolean {
  const query = builder.selectFrom('tokens').select('token_id').where('token_id', '=', tokenId)
  return connection.first(query.compile()) !== undefined
}

export function readTokens(connection: Connection): (TokenRecord & { createdAt: number })[] {
  const query = builder
    .selectFrom('tokens')
    .select(['token_id as tokenId', 'role', 'name', 'created_at as createdAt'])
    .orderBy('created_at')
  return connection.all(query.compile())
}

export function deleteToken(connection: Connection, tokenId: string): boolean {
  connection.run(builder.deleteFrom('web_sessions').where('token_id', '=', tokenId).compile())
  return connection.run(builder.deleteFrom('tokens').where('token_id', '=', tokenId).compile()) > 0
}

export function insertWebSession(connection: Connection, session: WebSessionRecord, now: number): void {
  const { hash, tokenId = null, name, device = null, expiresAt } = session
  connection.run(builder.deleteFrom('web_sessions').where('expires_at', '<=', now).compile())
  connection.run(
    builder
      .insertInto('web_sessions')
      .values({ hash, token_id: tokenId, name, device, created_at: now, seen_at: null, expires_at: expiresAt })
      .compile(),
  )
}

export function readWebSession(connection: Connection, hash: string, now: number): WebSessionRecord | undefined {
  const query = builder
    .selectFrom('web_sessions')
    .select(['hash', 'token_id', 'name', 'expires_at'])
    .where('hash', '=', hash)
    .where('expires_at', '>', now)
  const row = connection.first(query.compile())
  if (row === undefined) return undefined
  return { hash: row.hash, tokenId: row.token_id ?? undefined, name: row.name, expiresAt: row.expires_at }
}

export function readWebSessions(connection: Connection, now: number): LiveWebSession[] {
  const query = builder
    .selectFrom('web_sessions')
    .select(({ fn, ref }) => [
      'hash',
      'token_id',
      'name',
      'device',
      'created_at',
      'expires_at',
      fn.coalesce('seen_at', ref('created_at')).as('seenAt'),
    ])
    .where('expires_at', '>', now)
    .orderBy('seenAt', 'desc')
  return connection.all(query.compile()).map((row) => ({
    hash: row.hash,
    tokenId: row.token_id ?? undefined,
    name: row.name,
    device: row.device ?? undefined,
    createdAt: row.created_at,
    seenAt: row.seenAt,
    expiresAt: row.expires_at,
  }))
}

export function touchWebSession(connection: Connection, hash: string, now: number): void {
  connection.run(builder.updateTable('web_sessions').set({ seen_at: now }).where('hash', '=', hash).compile())
}

export function deleteWebSessions(connection: Connection): number {
  return connection.run(builder.deleteFrom('web_sessions').compile())
}

export function deleteWebSession(connection: Connection, hash: string): void {
  connection.run(builder.deleteFrom('web_sessions').where('hash', '=', hash).compile())
}
