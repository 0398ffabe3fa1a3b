import { z } from 'zod'
import { authorSchema, digestSchema, idSchema, keySchema, kindSchema, seqSchema, timeSchema } from './basics.ts'

/** What a log is read as. */

export const STATUSES = ['streaming', 'complete', 'error'] as const
export const statusSchema = z.enum(STATUSES)
export type Status = z.infer<typeof statusSchema>

/**
 * One line of a session's log, as `command_result` carries it.
 * `prev` is the seq of the entry before it in what this reader receives; a reader applies it when `prev ≤ cursor < seq`.
 * An input's `commandId` is its own `inputId`.
 */
export const entrySchema = z.object({
  type: z.literal('command_result'),
  sessionId: idSchema,
  seq: z.int().positive(),
  prev: seqSchema,
  commandId: idSchema,
  kind: kindSchema,
  key: keySchema.optional(),
  final: z.boolean().optional(),
  digest: digestSchema.optional(),
  response: z.string(),
  status: statusSchema,
  code: z.string().optional(),
  author: authorSchema.optional(),
  at: timeSchema,
})
export type Entry = z.infer<typeof entrySchema>

/** `command_result` carries one entry, or what one tick gathered, in order. */
export const commandResultSchema = z.union([entrySchema, z.array(entrySchema)])

/** A page `(from, to]` accounts for every seq in it: what is missing inside was superseded. */
export const pageSchema = z.object({
  entries: z.array(entrySchema),
  from: seqSchema,
  to: seqSchema,
})
export type Page = z.infer<typeof pageSchema>

export const subscriptionSchema = pageSchema.extend({
  logEpoch: z.string(),
  head: seqSchema,
  reset: z.boolean().optional(),
})
export type Subscription = z.infer<typeof subscriptionSchema>
