import { z } from 'zod'
import { timeSchema } from './messages.ts'

/** A browser that is signed in, as `GET /api/logins` lists it. What it proves itself with is not in it. */
export const browserLoginSchema = z.object({
  loginId: z.string().min(1),
  /** Who signed in. */
  name: z.string(),
  /** In words: "Chrome on Linux". Left out where the browser did not say. */
  device: z.string().optional(),
  since: timeSchema,
  seenAt: timeSchema,
  /** The one that asks. */
  here: z.boolean(),
})
export type BrowserLogin = z.infer<typeof browserLoginSchema>

export const browserLoginsSchema = z.object({
  logins: z.array(browserLoginSchema),
  /** Whether a link to this relay leads anywhere from another device. */
  reachable: z.boolean(),
})
export type BrowserLogins = z.infer<typeof browserLoginsSchema>

/** The answer to `POST /api/logins`: signs one other device in, once, until then. */
export const loginLinkSchema = z.object({ link: z.url(), expiresAt: timeSchema })
export type LoginLink = z.infer<typeof loginLinkSchema>
