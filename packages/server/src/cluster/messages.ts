import {
  agentRequestSchema,
  authorSchema,
  claudeStatusSchema,
  observerSchema,
  sessionSummarySchema,
} from '@farhand/shared'
import { z } from 'zod'

/**
 * What relays of one log tell each other. All of it may be lost: entries are found again in the log, and the rest is said
 * again every few seconds.
 */
const idsSchema = z.array(z.string())

/** An agent that is connected to the relay that says it. Ages, since every relay has a clock of its own. */
export const saidAgentSchema = z.object({
  agentId: z.string(),
  epoch: z.int(),
  tokenId: z.string(),
  name: z.string(),
  host: z.string(),
  projectIds: idsSchema,
  sinceMs: z.number(),
  /** Since its last packet. */
  heardMs: z.number().optional(),
  claude: claudeStatusSchema.optional(),
  claudeToldMs: z.number().optional(),
})
export type SaidAgent = z.infer<typeof saidAgentSchema>

/** Somebody at the relay that says it; `sinceMs` is how long ago that began. */
const saidObserverSchema = observerSchema.omit({ since: true }).extend({ sinceMs: z.number() })
export const watchedSchema = z.object({ sessionId: z.string(), observers: z.array(saidObserverSchema) })
export type Watched = z.infer<typeof watchedSchema>

const messageSchema = z.discriminatedUnion('type', [
  /** A commit. Its entries are the text that goes with it, so that whom it does not concern need not read them. */
  z.object({
    type: z.literal('committed'),
    sessionIds: idsSchema,
    projectIds: idsSchema,
    /** Whether an agent is to be handed something. */
    inputs: z.boolean(),
  }),
  /** Changed by a person, outside the log. */
  z.object({ type: z.literal('session'), session: sessionSummarySchema }),
  /** All agents that are connected to this relay. */
  z.object({ type: z.literal('agents'), agents: z.array(saidAgentSchema) }),
  /** Everybody who is at one session here, or, where `whole`, at any. */
  z.object({ type: z.literal('watching'), whole: z.boolean(), sessions: z.array(watchedSchema) }),
  /** For the relay that has the agent. The request's parameters are the text. */
  z.object({
    type: z.literal('agent_request'),
    to: z.string(),
    id: z.string(),
    agentId: z.string(),
    request: agentRequestSchema.omit({ params: true }).extend({ author: authorSchema }),
  }),
  /** The agent's answer is the text, unless there is an error. */
  z.object({
    type: z.literal('agent_answer'),
    to: z.string(),
    id: z.string(),
    error: z.object({ code: z.string(), message: z.string(), retryable: z.boolean() }).optional(),
  }),
  z.object({ type: z.literal('ended'), credentialId: z.string() }),
  z.object({ type: z.literal('alive') }),
  /** It knows nothing of the others, or missed something: everybody says everything again. */
  z.object({ type: z.literal('hello') }),
  /** It ends. */
  z.object({ type: z.literal('bye') }),
])
export type BusMessage = z.infer<typeof messageSchema>

const envelopeSchema = z.object({ from: z.string(), n: z.int().positive(), message: messageSchema })
export type Envelope = z.infer<typeof envelopeSchema>

/** One line that says what it is, and the text that goes with it as it stands. */
export function encode(envelope: Envelope, text: string): string {
  return `${JSON.stringify(envelope)}\n${text}`
}

/** Undefined for what no relay of this version says: during an upgrade there are two. */
export function decode(payload: string): (Envelope & { text: string }) | undefined {
  const end = payload.indexOf('\n')
  const parsed = envelopeSchema.safeParse(jsonOf(payload.slice(0, end)))
  return end > 0 && parsed.success ? { ...parsed.data, text: payload.slice(end + 1) } : undefined
}

export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // whoever asks looks at the shape of it
  }
}
