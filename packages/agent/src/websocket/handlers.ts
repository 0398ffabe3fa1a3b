import {
  FarhandError,
  agentCommandSchema,
  agentRequestSchema,
  toWire,
  type Ack,
  type AckFn,
  type ServerToAgent,
} from '@farhand/shared'
import type { Logger } from 'pino'
import { z } from 'zod'
import type { AgentSocket } from './client.ts'

export type HandlerParts = {
  logger: Logger
  /** @throws FarhandError `AGENT_STORAGE`; then nothing was accepted */
  accept(input: z.infer<typeof agentCommandSchema>): void
  /** Answers a question of the relay. @throws FarhandError, `NOT_FOUND` for an unknown method */
  answer(method: string, params: unknown): Promise<unknown>
}

/** parse → act → acknowledge. The acknowledgement is always called, and no message of any shape ends the process. */
export function registerHandlers(socket: AgentSocket, parts: HandlerParts): void {
  handle('agent_command', agentCommandSchema, (input) => {
    parts.accept(input)
    return {}
  })
  handle('agent_request', agentRequestSchema, async ({ method, params }) => ({ result: await parts.answer(method, params) }))

  function handle<S extends z.ZodType, T extends object>(
    event: 'agent_command' | 'agent_request',
    schema: S,
    act: (payload: z.infer<S>) => T | Promise<T>,
  ): void {
    const listener = (payload: unknown, ack: unknown): void => {
      void guarded(async () => act(parse(schema, payload))).then((answer) => {
        if (typeof ack === 'function') (ack as AckFn<T>)(answer)
      })
    }
    socket.on(event, listener as ServerToAgent[typeof event])
  }

  async function guarded<T extends object>(act: () => Promise<T>): Promise<Ack<T>> {
    try {
      return { ok: true, ...(await act()) }
    } catch (error) {
      if (!(error instanceof FarhandError)) parts.logger.error({ err: error }, 'a message of the relay failed')
      return { ok: false, error: toWire(error) }
    }
  }
}

function parse<S extends z.ZodType>(schema: S, payload: unknown): z.infer<S> {
  const parsed = schema.safeParse(payload)
  if (!parsed.success) throw new FarhandError('BAD_REQUEST', z.prettifyError(parsed.error))
  return parsed.data
}
