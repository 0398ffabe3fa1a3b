import { noteKindSchema, pushProblemSchema } from '@farhand/shared'
import { z } from 'zod'
import type { PushNews, PushRecord } from './store.ts'

/** Rows as the tables of both stores hold them. */
export type PushRow = {
  login: string
  endpoint: string
  p256dh: string
  auth: string
  kinds: string
  created_at: number
  problem: string | null
}
export type PushNewsRow = { session_id: string; key: string; kind: string; seq: number; at: number }

/** What a store notes the relay's keys for push services under. */
export const PUSH_KEYS = 'push_keys'

const kindsSchema = z.array(noteKindSchema)

export function toPush(row: PushRow): PushRecord {
  const { login, endpoint, p256dh, auth, created_at: createdAt } = row
  const kinds = kindsSchema.parse(JSON.parse(row.kinds))
  const problem = row.problem === null ? undefined : pushProblemSchema.parse(row.problem)
  return { login, endpoint, keys: { p256dh, auth }, kinds, createdAt, problem }
}

export function toPushNews({ session_id: sessionId, key, kind, seq, at }: PushNewsRow): PushNews {
  return { sessionId, key, kind: noteKindSchema.parse(kind), seq, at }
}

/** In the order of the columns. */
export function toPushNewsValues({
  sessionId,
  key,
  kind,
  seq,
  at,
}: PushNews): [string, string, string, number, number] {
  return [sessionId, key, kind, seq, at]
}
