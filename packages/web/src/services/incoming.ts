import {
  entrySchema,
  FarhandError,
  fromWire,
  goodbyeSchema,
  headsSchema,
  pageSchema,
  presenceUpdateSchema,
  projectSchema,
  projectSnapshotSchema,
  projectUpdateSchema,
  sessionSummarySchema,
  subscriptionSchema,
  attentionSchema,
  welcomeSchema,
} from '@farhand/shared'
import { z } from 'zod'
import type { AnswerOf, EventOf, Question, RelayEvent } from './wire.ts'

/**
 * What the relay says, as this page understands it. Behind here nothing is checked again. One that does not fit is left
 * out of what it came with, and logged: an entry that is missing is a gap that is read again, or accounted for by its page.
 */

const entries = fitting(entrySchema)

const EVENTS: { [E in RelayEvent]: z.ZodType<EventOf<E>> } = {
  welcome: welcomeSchema,
  command_result: z.union([z.array(z.unknown()), z.unknown().transform((one) => [one])]).pipe(entries),
  project_update: projectUpdateSchema,
  presence_update: presenceUpdateSchema,
  heads: headsSchema,
  goodbye: goodbyeSchema,
}

const page = pageSchema.extend({ entries })
const nothing = z.object({})

const ANSWERS: { [Q in Question]: z.ZodType<Omit<AnswerOf<Q>, 'ok'>> } = {
  execute_command: z.object({ commandId: z.string(), sessionId: z.string(), seq: z.number() }),
  send_input: z.object({ seq: z.number() }),
  subscribe: subscriptionSchema.extend({ entries }),
  read: page,
  unsubscribe: nothing,
  watch_project: projectSnapshotSchema.extend({
    sessions: fitting(sessionSummarySchema),
    requests: fitting(attentionSchema),
  }),
  list_projects: z.object({ projects: fitting(projectSchema) }),
  ask_agent: z.object({ result: z.unknown() }),
  update_session: nothing,
  presence: nothing,
  probe: z.object({ serverTime: z.number() }),
}

/** Undefined: this page does not know the event, or does not understand what it says. */
export function readEvent<E extends RelayEvent>(event: E, payload: unknown): EventOf<E> | undefined {
  if (!Object.hasOwn(EVENTS, event)) return undefined // of a newer relay
  const schema: z.ZodType<EventOf<E>> = EVENTS[event]
  const parsed = schema.safeParse(payload)
  if (!parsed.success) console.warn(`The relay's ${event} was not understood.`, z.prettifyError(parsed.error))
  return parsed.data
}

const refusalSchema = z.object({
  ok: z.literal(false),
  error: z.object({
    code: z.string(),
    message: z.string().catch(''),
    retryable: z.boolean().catch(false),
    retryAfterMs: z.number().nonnegative().optional().catch(undefined),
  }),
})

/** The answer, or the refusal; INTERNAL for what nobody can read. */
export function readAnswer<Q extends Question>(question: Q, answer: unknown): AnswerOf<Q> | FarhandError {
  const refusal = refusalSchema.safeParse(answer)
  if (refusal.success) {
    const { retryAfterMs, ...error } = refusal.data.error
    return fromWire({ ...error, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) })
  }
  const parsed = ANSWERS[question].safeParse(answer)
  if (parsed.success) return { ...parsed.data, ok: true } as unknown as AnswerOf<Q>
  console.warn(`The relay's answer to ${question} was not understood.`, z.prettifyError(parsed.error))
  return new FarhandError('INTERNAL', 'The relay gave an answer that this page does not understand.')
}

function fitting<Item>(schema: z.ZodType<Item>): z.ZodType<Item[], unknown[]> {
  return z.array(z.unknown()).transform((items) =>
    items.flatMap((item) => {
      const parsed = schema.safeParse(item)
      if (parsed.success) return [parsed.data]
      console.warn('Something that the relay said was not understood.', z.prettifyError(parsed.error))
      return []
    }),
  )
}
