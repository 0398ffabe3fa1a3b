import { z } from 'zod'
import { digestSchema, idSchema, keySchema, kindSchema, seqSchema, timeSchema } from './basics.ts'
import { claudeStatusSchema } from './claude.ts'
import { statusSchema } from './entries.ts'

/** Agent → server. */

/** What an agent writes into a session's log. `n` is the agent's own number for it, dense from 1 in the session. */
export const commandResponseSchema = z.object({
  type: z.literal('command_response').optional(),
  sessionId: idSchema,
  commandId: idSchema,
  n: z.int().positive(),
  kind: kindSchema,
  key: keySchema.optional(),
  final: z.boolean().optional(),
  digest: digestSchema.optional(),
  data: z.string(),
  isComplete: z.boolean(),
  status: statusSchema.optional(),
  code: z.string().max(64).optional(),
  at: timeSchema,
})
export type CommandResponse = z.infer<typeof commandResponseSchema>

/** One response, or at most 64 of them in order. */
export const MAX_RESPONSES_PER_MESSAGE = 64
export const commandResponsesSchema = z.union([
  commandResponseSchema,
  z.array(commandResponseSchema).min(1).max(MAX_RESPONSES_PER_MESSAGE),
])

export const registeredProjectSchema = z.object({
  projectId: idSchema,
  name: z.string().min(1).max(200),
  path: z.string().min(1).max(4096),
})
export type RegisteredProject = z.infer<typeof registeredProjectSchema>

export const agentHelloSchema = z.object({
  type: z.literal('agent_hello').optional(),
  protocol: z.int(),
  agentId: idSchema,
  connNo: z.int().positive(),
  bootId: z.string().max(100),
  name: z.string().min(1).max(100),
  host: z.string().max(200),
  versions: z.record(z.string().max(50), z.string().max(100)),
  projects: z.array(registeredProjectSchema).max(500),
  /** `acked`: what the relay acknowledged once, and the agent may have forgotten. */
  sessions: z.array(z.object({ sessionId: idSchema, lastN: seqSchema, acked: seqSchema.optional() })).max(10_000),
  /** The commands that the agent holds and has not ended. Left out: it does not say. */
  open: z.array(idSchema).max(10_000).optional(),
})
export type AgentHello = z.infer<typeof agentHelloSchema>

export const agentStatusSchema = z.object({
  type: z.literal('agent_status').optional(),
  claude: claudeStatusSchema,
  runs: z.array(z.object({ sessionId: idSchema, commandId: idSchema })).max(1000),
  load: z.number().nonnegative().optional(),
  /** Responses that the relay has not acknowledged. */
  unsent: z.int().nonnegative().optional(),
})
export type AgentStatus = z.infer<typeof agentStatusSchema>
