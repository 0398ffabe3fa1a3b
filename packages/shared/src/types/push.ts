import { z } from 'zod'
import { idSchema } from './messages.ts'

/** Why somebody is told of a session: it asks, a run has failed, a run is over. */
export const NOTE_KINDS = ['need', 'failed', 'finished'] as const
export const noteKindSchema = z.enum(NOTE_KINDS)
export type NoteKind = z.infer<typeof noteKindSchema>

/** Addresses of the known push services have some 200 characters. */
const MAX_ENDPOINT_CHARS = 1_024
/** 65 and 16 bytes in base64url; some browsers pad. */
const PUBLIC_KEY = /^[\w-]{87}=?$/
const SECRET = /^[\w-]{22}={0,2}$/

/** What a browser's push service gives a page: where to send, and for whom to seal it. `PushSubscription.toJSON()`. */
export const pushSubscriptionSchema = z.object({
  endpoint: z.url().max(MAX_ENDPOINT_CHARS),
  keys: z.object({ p256dh: z.string().regex(PUBLIC_KEY), auth: z.string().regex(SECRET) }),
})
export type PushSubscriptionKeys = z.infer<typeof pushSubscriptionSchema>

/** The body of `PUT /api/push`. Without `kinds` those stay that were chosen before. */
export const savePushSchema = z.object({
  subscription: pushSubscriptionSchema,
  kinds: z.array(noteKindSchema).max(NOTE_KINDS.length).optional(),
})
export type SavePush = z.infer<typeof savePushSchema>

/** Why the last push did not go out: no push service answered, or it did and did not take it. */
export const pushProblemSchema = z.enum(['unreachable', 'refused'])
export type PushProblem = z.infer<typeof pushProblemSchema>

/** What `GET /api/push` answers. */
export const pushStateSchema = z.object({
  /** `off`: by its owner. `no_contact`: nobody is named to push services. `broken`: its keys cannot be read. */
  state: z.enum(['ready', 'off', 'no_contact', 'broken']),
  /** For the browser to subscribe with; there while `ready`. */
  publicKey: z.string().optional(),
  /** What this browser's login has; without it, nothing. */
  here: z
    .object({ endpoint: z.string(), kinds: z.array(noteKindSchema), problem: pushProblemSchema.optional() })
    .optional(),
})
export type PushState = z.infer<typeof pushStateSchema>

/** The answer to `POST /api/push/test`. `gone`: the browser has given its subscription up. */
export const pushTestSchema = z.object({ outcome: z.enum(['sent', 'gone', ...pushProblemSchema.options]) })
export type PushOutcome = z.infer<typeof pushTestSchema>['outcome']

/** What is sealed for the browser. `over`: what was told of the session waits no more. Names only, never what was said. */
export const pushMessageSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.enum([...NOTE_KINDS, 'over']),
    sessionId: idSchema,
    seq: z.int().positive(),
    session: z.string(),
    project: z.string(),
  }),
  z.object({ type: z.literal('test') }),
])
export type PushMessage = z.infer<typeof pushMessageSchema>
