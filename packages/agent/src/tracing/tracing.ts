import { commandPlace, readTraceparent, traceIdOf, type AgentCommand, type TracePlace } from '@farhand/shared'
import type { OpenSpan, Spans } from '@farhand/shared/tracing'
import type { NewResponse } from '../spool/outbox.ts'
import type { Spool } from '../spool/spool.ts'

/** What is told of a command at the machine: taken, run by Claude Code with its first output, ended. */
export type Tracing = {
  /** Takes an input into the inbox with `accept`, under the span that it was handed over in. */
  take<T>(input: AgentCommand, accept: () => T): T
  /** The same spool; what is said of a run begins and ends its span. */
  spool(spool: Spool): Spool
}

/** Commands that have not ended; the oldest are forgotten. */
const MAX_FOLLOWED = 10_000
/** What shows that Claude Code answers. */
const OUTPUT: ReadonlySet<string> = new Set(['text', 'thinking', 'tool_started', 'request'])

type Followed = { place: TracePlace; run?: OpenSpan; hasOutput: boolean; responses: number; bytes: number }

export function createTracing(spans: Spans): Tracing {
  const followed = new Map<string, Followed>()

  function follow(commandId: string, place: TracePlace): Followed {
    const one = followed.get(commandId) ?? { place, hasOutput: false, responses: 0, bytes: 0 }
    followed.set(commandId, one)
    const [oldest] = followed.keys()
    if (followed.size > MAX_FOLLOWED && oldest !== undefined) followed.delete(oldest)
    return one
  }

  function hear(sessionId: string, commandId: string, said: NewResponse): void {
    const begins = said.kind === 'run_started' || said.isComplete
    if (!begins && !followed.has(commandId)) return // what Claude Code says by itself after an end
    // One that was taken before this agent was started: under which span is in no inbox, but that of its acceptance is known.
    const current = follow(commandId, commandPlace(commandId))
    current.responses += 1
    current.bytes += said.data.length
    if (begins) {
      const facts = { 'farhand.command_id': commandId, 'farhand.session_id': sessionId }
      current.run ??= spans.begin('claude.run', current.place, facts)
    }
    if (!current.hasOutput && current.run !== undefined && OUTPUT.has(said.kind)) {
      current.hasOutput = true
      current.run.event('first_output')
    }
    if (!said.isComplete) return
    const outcome = said.code ?? 'complete'
    const sums = { 'farhand.responses': current.responses, 'farhand.bytes': current.bytes, 'farhand.outcome': outcome }
    current.run?.end(sums, said.code)
    followed.delete(commandId)
  }

  return {
    take(input, accept) {
      if (input.kind !== 'command') return accept()
      const { inputId, sessionId } = input
      const place = readTraceparent(input.traceparent) ?? { traceId: traceIdOf(inputId) }
      const span = spans.begin('command.take', place, {
        'farhand.command_id': inputId,
        'farhand.session_id': sessionId,
      })
      try {
        follow(inputId, place)
        const taken = accept()
        span.end()
        return taken
      } catch (error) {
        span.end({}, 'AGENT_STORAGE')
        throw error
      }
    },
    spool: (spool) => ({
      ...spool,
      outbox: {
        ...spool.outbox,
        append(sessionId, commandId, at, responses) {
          spool.outbox.append(sessionId, commandId, at, responses)
          for (const said of responses) hear(sessionId, commandId, said)
        },
      },
    }),
  }
}
