import { concludeUnheard } from '../driver/ending.ts'
import { say } from '../driver/responses.ts'
import { sweepMarked } from '../process/sweep.ts'
import type { StoredInput } from '../spool/inbox.ts'
import type { Spool } from '../spool/spool.ts'
import { holdableRuns } from './heldRun.ts'
import type { HeldRequest } from './runState.ts'

export type Recovered = {
  processes: number
  runs: number
  /** Runs that wait for a person, and wait on (REQ5). */
  held: { item: StoredInput; request: HeldRequest }[]
}

/**
 * After a stop or a crash: ends what is left of the processes, and ends each run that had begun as `INTERRUPTED`; it is
 * never run again by itself (CMD4). Requests that nobody waits for any more are told as cancelled. A run that waits for a
 * person waits on.
 *
 * @returns how many processes and runs were ended, and what waits on
 */
export async function recover(spool: Spool, clock: { now(): number }): Promise<Recovered> {
  const marked = spool.sessions.markers()
  const processes = await sweepMarked(new Set(marked.map(({ marker }) => marker)))
  for (const { sessionId } of marked) spool.sessions.mark(sessionId, undefined)
  const holdable = new Map(holdableRuns(spool.requests.list()).map(({ commandId, request }) => [commandId, request]))
  const held = spool.inbox.open('started').flatMap((item) => {
    const request = holdable.get(item.input.inputId)
    return request === undefined ? [] : [{ item, request }]
  })
  const waiting = new Set(held.map(({ item }) => item.input.inputId))
  return { processes, runs: endWhatBegan(spool, clock, waiting), held }
}

/**
 * Says of every request and run that was under way how it ended.
 * @param waiting commands that wait on
 * @returns how many runs there were
 */
export function endWhatBegan(
  spool: Pick<Spool, 'requests' | 'outbox' | 'inbox'>,
  clock: { now(): number },
  waiting: ReadonlySet<string> = new Set(),
): number {
  for (const { requestId, sessionId, commandId } of spool.requests.list()) {
    if (waiting.has(commandId)) continue
    const resolved = say('request_resolved', { requestId, outcome: 'cancelled' }, { key: requestId })
    spool.outbox.append(sessionId, commandId, clock.now(), [resolved])
    spool.requests.remove(requestId)
  }

  const begun = spool.inbox.open('started').filter(({ input }) => !waiting.has(input.inputId))
  for (const { input } of begun) {
    const end = concludeUnheard({ type: 'stopped', code: 'INTERRUPTED', message: CRASHED })
    spool.outbox.append(input.sessionId, input.inputId, clock.now(), [end])
    spool.inbox.finish(input.inputId)
  }
  return begun.length
}

const CRASHED = 'The agent stopped while the command ran; its outcome cannot be known.'
