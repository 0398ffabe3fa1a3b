import { z } from 'zod'
import { authorSchema, digestSchema, idSchema, keySchema, seqSchema, timeSchema } from './basics.ts'
import { claudeCodeOptionsSchema } from './options.ts'

/** Server → agent. */

/** A later version of the standard may say more than today's 55. */
const MAX_TRACEPARENT_CHARS = 512

/** An input on its way to the agent. For kind `command` the text is the prompt, else the input's JSON body. */
export const agentCommandSchema = z.object({
  type: z.literal('agent_command'),
  sessionId: idSchema,
  projectId: idSchema,
  seq: z.int().positive(),
  inputId: idSchema,
  kind: z.string(),
  key: keySchema.optional(),
  digest: digestSchema.optional(),
  command: z.string(),
  options: claudeCodeOptionsSchema,
  workingDirectory: z.string().optional(),
  expiresAt: timeSchema.optional(),
  author: authorSchema,
  at: timeSchema,
  /** W3C Trace Context, where the relay traces commands. Nothing depends on it. */
  traceparent: z.string().max(MAX_TRACEPARENT_CHARS).optional(),
})
export type AgentCommand = z.infer<typeof agentCommandSchema>

/** The answer to a hello that is taken. */
export const helloAcceptedSchema = z.object({
  epoch: z.int().nonnegative(),
  sessions: z.array(z.object({ sessionId: idSchema, lastN: seqSchema })),
  /** Inputs that wait for this agent, oldest first; each comes again as `agent_command`, whose ack takes it off the list. */
  inputs: z.array(agentCommandSchema),
})
export type HelloAccepted = z.infer<typeof helloAcceptedSchema>

export const agentRequestSchema = z.object({
  projectId: idSchema,
  method: z.string(),
  params: z.unknown().optional(),
  author: authorSchema,
})
export type AgentRequest = z.infer<typeof agentRequestSchema>

export const ackResponsesSchema = z.object({ sessionId: idSchema, n: seqSchema })
export type AckResponses = z.infer<typeof ackResponsesSchema>

export const gapSchema = z.object({ sessionId: idSchema, lastN: seqSchema })
export type Gap = z.infer<typeof gapSchema>

export const fencedSchema = z.object({ epoch: z.int(), reason: z.string() })
export type Fenced = z.infer<typeof fencedSchema>
