import { ERROR_CODES, type FarhandError } from '@farhand/shared'

/** What waits to be sent. `kept` is on the disk and not under way. */
type Waiting = { sessionId: string; state: 'saving' | 'kept' | 'sending' | 'sent' | 'failed' }

/** What to hand over now: the oldest of each session that has nothing under way. One at a time keeps their order. Pure. */
export function dueItems<Item extends Waiting>(items: readonly Item[], sending: ReadonlySet<string>): Item[] {
  const blocked = new Set(sending)
  return items.filter(({ sessionId, state }) => {
    if (state === 'failed' || state === 'sent' || blocked.has(sessionId)) return false
    blocked.add(sessionId)
    return state === 'kept'
  })
}

/** Whether a refusal may pass by itself, so that the command is kept and sent again. */
export function mayPass(code: FarhandError['code']): boolean {
  return ERROR_CODES[code].retryable || code === 'UNAUTHENTICATED'
}
