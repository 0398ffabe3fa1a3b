import { PROTOCOL_VERSION, type AgentHandshake } from '@farhand/shared'
import { z } from 'zod'

/** How an agent proves itself, at each attempt anew (AG1). */
export function handshake(token: string, agentId: string, connNo: number): AgentHandshake {
  return { token, agentId, connNo, protocol: PROTOCOL_VERSION }
}

/** What a failed attempt means for the next one. */
export type Refusal = {
  code: string
  message: string
  retryAfterMs?: number
}

const refusalSchema = z.object({
  code: z.string(),
  message: z.string(),
  retryAfterMs: z.number().nonnegative().optional(),
})

/**
 * The relay's refusal in a failed handshake, or `undefined` where the relay could not be asked at all.
 * Socket.IO hands on what the relay attached to its error as `data`.
 */
export function readRefusal(error: unknown): Refusal | undefined {
  if (typeof error !== 'object' || error === null || !('data' in error)) return undefined
  const direct = refusalSchema.safeParse(error.data).data
  const nested = z.object({ error: refusalSchema }).safeParse(error.data).data?.error
  const refusal = direct ?? nested
  if (refusal === undefined) return undefined
  const { code, message, retryAfterMs } = refusal
  return { code, message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
}
