import { z } from 'zod'

/** What every message is made of. */

/** Made by the sender (`crypto.randomUUID` or 16 random bytes), so that a repeat can be recognised. */
export const idSchema = z.uuid()

/** Epoch milliseconds. */
export const timeSchema = z.int().nonnegative()

/** A log position. 0 is "before the first entry". */
export const seqSchema = z.int().nonnegative()

/** Who said it: an id of an account or token, a name for people, and the device where it was said. */
export const authorSchema = z.object({
  id: z.string().max(100),
  name: z.string().max(100),
  device: z.string().max(100).optional(),
})
export type Author = z.infer<typeof authorSchema>

/** What somebody does who has a session open. */
export const OBSERVER_STATES = ['viewing', 'typing', 'answering', 'away'] as const

export const kindSchema = z.string().regex(/^[a-z][a-z0-9_]{0,63}$/)
export const keySchema = z.string().min(1).max(200)
export const digestSchema = z.string().regex(/^[0-9a-f]{64}$/)
