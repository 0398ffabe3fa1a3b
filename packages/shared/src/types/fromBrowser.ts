import { z } from 'zod'
import { OBSERVER_STATES, digestSchema, idSchema, keySchema, seqSchema, timeSchema } from './basics.ts'
import { inputKindSchema } from './kinds.ts'
import { claudeCodeOptionsSchema } from './options.ts'

/** Browser → server. */

export const executeCommandSchema = z.object({
  type: z.literal('execute_command').optional(),
  projectId: idSchema,
  command: z.string().min(1),
  workingDirectory: z
    .string()
    .min(1)
    .max(4096)
    .refine((path) => !path.includes('\0'), 'must not contain NUL')
    .optional(),
  commandId: idSchema.optional(),
  sessionId: idSchema.optional(),
  expiresAt: timeSchema.optional(),
  options: claudeCodeOptionsSchema.optional(),
})
export type ExecuteCommand = z.infer<typeof executeCommandSchema>

/**
 * A decision carries the request's id as `key` and the digest of the input that was shown; a cancel the command's id as
 * `key`; a `queue` input that confirms a held command the key of its `held` entry.
 */
export const sendInputSchema = z.object({
  type: z.literal('send_input').optional(),
  sessionId: idSchema,
  inputId: idSchema.optional(),
  kind: inputKindSchema,
  data: z.string(),
  key: keySchema.optional(),
  digest: digestSchema.optional(),
})
export type SendInput = z.infer<typeof sendInputSchema>

export const DETAILS = ['full', 'final'] as const

export const subscribeSchema = z.object({
  type: z.literal('subscribe').optional(),
  sessionId: idSchema,
  /** The cursor; left out by a reader that has nothing yet. */
  after: seqSchema.optional(),
  /** The newest k entries instead of the first page, for a reader without a cursor or after a reset. */
  tail: z.int().positive().max(500).optional(),
  detail: z.enum(DETAILS).optional(),
  /** `gathered`: fewer and larger messages, a few a second; what a person waits for comes at once. */
  pace: z.enum(['every', 'gathered']).optional(),
  /** The log that `after` belongs to; another one is answered with `reset: true`. */
  logEpoch: z.string().max(100).optional(),
})
export type Subscribe = z.infer<typeof subscribeSchema>

export const readSchema = z.object({
  type: z.literal('read').optional(),
  sessionId: idSchema,
  before: z.int().positive().optional(),
  after: seqSchema.optional(),
  limit: z.int().positive().max(500),
})
export type Read = z.infer<typeof readSchema>

export const unsubscribeSchema = z.object({ type: z.literal('unsubscribe').optional(), sessionId: idSchema })
export type Unsubscribe = z.infer<typeof unsubscribeSchema>

export const watchProjectSchema = z.object({ type: z.literal('watch_project').optional(), projectId: idSchema })
export type WatchProject = z.infer<typeof watchProjectSchema>

export const listProjectsSchema = z.object({ type: z.literal('list_projects').optional() })
export type ListProjects = z.infer<typeof listProjectsSchema>

export const askAgentSchema = z.object({
  type: z.literal('ask_agent').optional(),
  projectId: idSchema,
  /** One of `agentMethods`; another agent may know more. */
  method: z
    .string()
    .max(64)
    .regex(/^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$/),
  params: z.unknown().optional(),
})
export type AskAgent = z.infer<typeof askAgentSchema>

export const updateSessionSchema = z.object({
  type: z.literal('update_session').optional(),
  sessionId: idSchema,
  title: z.string().max(400).optional(),
  archived: z.boolean().optional(),
  pinned: z.boolean().optional(),
  readUpTo: seqSchema.optional(),
  /** Somebody wants it to count as unread, until `readUpTo` comes without it. */
  markedUnread: z.boolean().optional(),
  deleted: z.literal(true).optional(),
  /** With `deleted`: Claude Code's own record of the conversation, on the machine, goes too. */
  transcript: z.literal(true).optional(),
})
export type UpdateSession = z.infer<typeof updateSessionSchema>

export const presenceSchema = z.object({
  type: z.literal('presence').optional(),
  sessionId: idSchema,
  state: z.enum(OBSERVER_STATES),
  /** The waiting message that is being edited there. */
  editing: idSchema.optional(),
})
export type Presence = z.infer<typeof presenceSchema>

export const probeSchema = z.object({ type: z.literal('probe').optional() })
export type Probe = z.infer<typeof probeSchema>
