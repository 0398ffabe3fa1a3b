import { FarhandError, commandPlace, writeTraceparent, type AgentCommand } from '@farhand/shared'
import type { OpenSpan, Spans } from '@farhand/shared/tracing'
import type { Committed, SessionLog } from '../log/sessionLog.ts'
import type { Append, Outcome } from '../log/store.ts'

/** What is told of a command on its way through the relay: accepted, committed, published, handed over, answered. */
export type Tracing = {
  /** The same log; commands, their first and their last response leave spans. */
  log(log: SessionLog): SessionLog
  /** To be told when a commit's entries have gone to their readers. */
  published(committed: Committed): void
  /** Hands over with `send`, and tells the agent under which span. */
  handOver(input: AgentCommand, send: (input: AgentCommand) => Promise<void>): Promise<void>
}

/** Commands that are on their way; of those that are forgotten, the oldest, only the end is told. */
const MAX_FOLLOWED = 10_000

type Followed = { answered: boolean; publishing?: { accept: OpenSpan; publish: OpenSpan } }
type Command = Extract<Append, { type: 'command' }>
type Response = Extract<Append, { type: 'response' }>

export function createTracing(spans: Spans): Tracing {
  const followed = new Map<string, Followed>()

  function follow(commandId: string, one: Followed): void {
    followed.set(commandId, one)
    const [oldest] = followed.keys()
    if (followed.size > MAX_FOLLOWED && oldest !== undefined) followed.delete(oldest)
  }

  async function accept(item: Command, append: SessionLog['append']): Promise<Outcome> {
    const { commandId, sessionId, projectId, prompt } = item
    const facts = { ...idsOf(commandId, sessionId), 'farhand.project_id': projectId, 'farhand.bytes': prompt.length }
    const { traceId, spanId } = commandPlace(commandId)
    const isRepeated = followed.has(commandId) // and the span of the first time has its id
    const accepting = spans.begin('command.accept', { traceId }, facts, isRepeated ? undefined : spanId)
    const committing = spans.begin('command.commit', accepting.place)
    const outcome = await append(item).catch((error: unknown) => {
      committing.end({}, codeOf(error))
      accepting.end({}, codeOf(error))
      throw error
    })
    committing.end()
    if (outcome.verdict === 'accepted') {
      const publishing = { accept: accepting, publish: spans.begin('command.publish', accepting.place) }
      follow(commandId, { answered: false, publishing })
    } else {
      accepting.end(
        { 'farhand.outcome': outcome.verdict },
        outcome.verdict === 'refused' ? outcome.error.code : undefined,
      )
    }
    return outcome
  }

  /** A stream has many responses, and two of them say how it went. */
  function answering(item: Append): OpenSpan | undefined {
    if (item.type !== 'response' || !isWanted(item)) return undefined
    const { sessionId, commandId, kind, n, data, isComplete, code } = item.response
    const one = followed.get(commandId)
    const facts = { 'farhand.kind': kind, 'farhand.n': n, 'farhand.bytes': data.length }
    const outcome = isComplete ? { 'farhand.outcome': code ?? 'complete' } : {}
    const span = spans.begin('response.commit', commandPlace(commandId), {
      ...idsOf(commandId, sessionId),
      ...facts,
      ...outcome,
    })
    if (isComplete) followed.delete(commandId)
    else if (one !== undefined) one.answered = true
    return span
  }

  function isWanted({ response }: Response): boolean {
    return response.isComplete || followed.get(response.commandId)?.answered === false
  }

  return {
    log: (log) => ({
      ...log,
      append: (item) => (item.type === 'command' ? accept(item, log.append) : log.append(item)),
      appendAll: async (items) => {
        const open = items.map(answering)
        const settled = await log.appendAll(items)
        open.forEach((span, index) => {
          const result = settled[index]
          if (result?.status === 'rejected') span?.end({}, codeOf(result.reason))
          else if (result !== undefined) span?.end({ 'farhand.verdict': result.value.verdict })
        })
        return settled
      },
    }),
    published({ outcomes }) {
      for (const outcome of outcomes) {
        if (outcome.verdict !== 'accepted' || outcome.entry.kind !== 'command') continue
        const one = followed.get(outcome.entry.commandId)
        one?.publishing?.publish.end()
        one?.publishing?.accept.end({ 'farhand.outcome': 'accepted', 'farhand.seq': outcome.entry.seq })
        if (one !== undefined) delete one.publishing
      }
    },
    async handOver(input, send) {
      if (input.kind !== 'command') return await send(input)
      const { inputId, sessionId } = input
      const span = spans.begin('command.deliver', commandPlace(inputId), idsOf(inputId, sessionId))
      try {
        await send({ ...input, traceparent: writeTraceparent(span.place) })
        span.end()
      } catch (error) {
        span.end({}, codeOf(error))
        throw error
      }
    },
  }
}

function idsOf(commandId: string, sessionId: string): Record<string, string> {
  return { 'farhand.command_id': commandId, 'farhand.session_id': sessionId }
}

function codeOf(error: unknown): string {
  return error instanceof FarhandError ? error.code : 'INTERNAL'
}
