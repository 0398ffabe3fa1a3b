import {
  FarhandError,
  agentCommandSchema,
  agentRequestSchema,
  toWire,
  type Ack,
  type AckFn,
  type InputTaken,
  type AgentRequest,
} from '@farhand/shared'
import type { Logger } from 'pino'
import { z } from 'zod'
import { failpoint } from '../failpoint.ts'
import type { AgentSocket } from './socket.ts'

export type HandlerParts = {
  logger: Logger
  /** @throws FarhandError `AGENT_STORAGE`; then nothing was accepted */
  accept(input: z.infer<typeof agentCommandSchema>): InputTaken
  /** Answers a question of the relay. @throws FarhandError, `NOT_FOUND` for an unknown method */
  answer(request: AgentRequest): Promise<unknown>
}

/** parse → act → acknowledge. The acknowledgement is always called, and no message of any shape ends the process. */
export function registerHandlers(socket: AgentSocket, { logger, accept, answer }: HandlerParts): void {
  const command = handle(agentCommandSchema, logger, (input) => {
    failpoint('agent.inbox.beforeCommit')
    const taken = accept(input)
    failpoint('agent.inbox.afterCommit')
    return taken
  })
  const request = handle(agentRequestSchema, logger, async (asked) => ({ result: await answer(asked) }))
  socket.on('agent_command', command)
  socket.on('agent_request', request)
}

function handle<S extends z.ZodType, T extends object>(
  schema: S,
  logger: Logger,
  act: (payload: z.infer<S>) => T | Promise<T>,
): (payload: unknown, ack: AckFn<T> | undefined) => void {
  const guarded = async (payload: unknown): Promise<Ack<T>> => {
    try {
      return { ok: true, ...(await act(parse(schema, payload))) }
    } catch (error) {
      if (!(error instanceof FarhandError)) logger.error({ err: error }, 'a message of the relay failed')
      return { ok: false, error: toWire(error) }
    }
  }
  return (payload, ack) => {
    void guarded(payload).then((told) => {
      if (typeof ack === 'function') ack(told)
      failpoint('agent.inbox.afterAck')
    })
  }
}

function parse<S extends z.ZodType>(schema: S, payload: unknown): z.infer<S> {
  const parsed = schema.safeParse(payload)
  if (!parsed.success) throw new FarhandError('BAD_REQUEST', z.prettifyError(parsed.error))
  return parsed.data
}
