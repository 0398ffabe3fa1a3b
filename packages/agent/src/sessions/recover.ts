import { finishRun } from '../claude/outcome.ts'
import { say } from '../claude/responses.ts'
import { sweepMarked } from '../claude/sweep.ts'
import type { Spool } from '../spool/spool.ts'

/**
 * After a crash: ends what is left of the processes, and ends each run that had begun as `INTERRUPTED`; it is never run
 * again by itself (CMD4). Requests that nobody waits for any more are told as cancelled.
 *
 * @returns how many processes and runs there were
 */
export async function recover(spool: Spool, clock: { now(): number }): Promise<{ processes: number; runs: number }> {
  const marked = spool.sessions.markers()
  const processes = await sweepMarked(new Set(marked.map(({ marker }) => marker)))
  for (const { sessionId } of marked) spool.sessions.mark(sessionId, undefined)
  return { processes, runs: endWhatBegan(spool, clock) }
}

/** Says of every request and run that was under way how it ended. @returns how many runs there were */
export function endWhatBegan(spool: Pick<Spool, 'requests' | 'outbox' | 'inbox'>, clock: { now(): number }): number {
  for (const { requestId, sessionId, commandId } of spool.requests.list()) {
    const resolved = say('request_resolved', { requestId, outcome: 'cancelled' }, { key: requestId })
    spool.outbox.append(sessionId, commandId, clock.now(), [resolved])
    spool.requests.remove(requestId)
  }

  const begun = spool.inbox.open('started')
  for (const { input } of begun) {
    const end = finishRun(undefined, { type: 'stopped', code: 'INTERRUPTED', message: CRASHED }, 0)
    spool.outbox.append(input.sessionId, input.inputId, clock.now(), [end])
    spool.inbox.finish(input.inputId)
  }
  return begun.length
}

const CRASHED = 'The agent stopped while the command ran; its outcome cannot be known.'
