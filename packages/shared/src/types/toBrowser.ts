import { z } from 'zod'
import { OBSERVER_STATES, authorSchema, digestSchema, idSchema, keySchema, seqSchema, timeSchema } from './basics.ts'
import { claudeStatusSchema } from './claude.ts'

/** Server → browser. */

export const limitsSchema = z.object({
  commandBytes: z.int(),
  inputBytes: z.int(),
  pageEntries: z.int(),
})
export type Limits = z.infer<typeof limitsSchema>

export const welcomeSchema = z.object({
  protocol: z.int(),
  serverTime: timeSchema,
  logEpoch: z.string(),
  /** Changes with every start of the server process. */
  instance: z.string(),
  user: z.object({ id: z.string(), name: z.string() }),
  limits: limitsSchema,
})
export type Welcome = z.infer<typeof welcomeSchema>

export const projectSchema = z.object({
  projectId: idSchema,
  name: z.string(),
  path: z.string(),
  agentId: idSchema,
  agentName: z.string(),
  online: z.boolean(),
})
export type Project = z.infer<typeof projectSchema>

/** Presence of the agent that serves a project. `since` is when this state began. */
export const agentPresenceSchema = z.object({
  agentId: idSchema,
  name: z.string(),
  host: z.string().optional(),
  online: z.boolean(),
  since: timeSchema,
  claude: claudeStatusSchema.optional(),
})
export type AgentPresence = z.infer<typeof agentPresenceSchema>

export const sessionSummarySchema = z.object({
  sessionId: idSchema,
  projectId: idSchema,
  title: z.string().optional(),
  head: seqSchema,
  /** Commands without a terminal entry. */
  running: z.int().nonnegative(),
  /** Requests that wait for a person. */
  attention: z.int().nonnegative(),
  /** How the latest finished command ended. */
  lastStatus: z.enum(['complete', 'error']).optional(),
  lastCode: z.string().optional(),
  archived: z.boolean(),
  pinned: z.boolean(),
  readUpTo: seqSchema,
  markedUnread: z.boolean().optional(),
  deleted: z.boolean().optional(),
  createdAt: timeSchema,
  updatedAt: timeSchema,
})
export type SessionSummary = z.infer<typeof sessionSummarySchema>

/** A request as the relay knows it: where it stands, never what it asks. */
export const attentionSchema = z.object({
  sessionId: idSchema,
  key: keySchema,
  digest: digestSchema.optional(),
  seq: z.int().positive(),
  state: z.enum(['open', 'decided', 'resolved']),
  by: authorSchema.optional(),
  at: timeSchema,
})
export type Attention = z.infer<typeof attentionSchema>

export const projectUpdateSchema = z.object({
  projectId: idSchema,
  agent: agentPresenceSchema.optional(),
  session: sessionSummarySchema.optional(),
  attention: attentionSchema.optional(),
})
export type ProjectUpdate = z.infer<typeof projectUpdateSchema>

export const projectSnapshotSchema = z.object({
  project: projectSchema,
  agent: agentPresenceSchema,
  sessions: z.array(sessionSummarySchema),
  requests: z.array(attentionSchema),
})
export type ProjectSnapshot = z.infer<typeof projectSnapshotSchema>

export const observerSchema = z.object({
  /** One tab or client. */
  id: z.string(),
  author: authorSchema,
  state: z.enum(OBSERVER_STATES),
  since: timeSchema,
  /** The waiting message that they edit. */
  editing: idSchema.optional(),
})
export type Observer = z.infer<typeof observerSchema>

export const presenceUpdateSchema = z.object({ sessionId: idSchema, observers: z.array(observerSchema) })
export type PresenceUpdate = z.infer<typeof presenceUpdateSchema>

export const headsSchema = z.object({
  serverTime: timeSchema,
  logEpoch: z.string(),
  heads: z.record(z.string(), seqSchema),
})
export type Heads = z.infer<typeof headsSchema>

export const goodbyeSchema = z.object({
  code: z.string(),
  message: z.string(),
  retryAfterMs: z.int().nonnegative().optional(),
})
export type Goodbye = z.infer<typeof goodbyeSchema>
