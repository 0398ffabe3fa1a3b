import type { SessionSummary } from '@farhand/shared'
import type { WeighedSession } from './decide.ts'
import type { LogRange, RetentionStore } from './store.ts'

/** A few milliseconds' worth: what is live comes in between. */
export const SLICE_ENTRIES = 2_000

/** How large the logs of sessions are, counted in small slices. */
export async function weigh(
  store: Pick<RetentionStore, 'measure'>,
  sessions: readonly SessionSummary[],
): Promise<WeighedSession[]> {
  const weighed = new Map(sessions.map((session) => [session.sessionId, { ...session, entries: 0, bytes: 0 }]))
  for (const slice of sliceLogs(sessions, SLICE_ENTRIES)) {
    const sizes = await store.measure(slice)
    slice.forEach(({ sessionId }, index) => {
      const session = weighed.get(sessionId)
      const size = sizes[index]
      if (session === undefined || size === undefined) return
      session.entries += size.entries
      session.bytes += size.bytes
    })
    await nextTurn()
  }
  return [...weighed.values()]
}

/** The logs cut and put together into groups of about `maxEntries`. Pure. */
export function sliceLogs(
  sessions: readonly Pick<SessionSummary, 'sessionId' | 'head'>[],
  maxEntries: number,
): LogRange[][] {
  const groups: LogRange[][] = []
  let room = 0
  for (const { sessionId, head } of sessions) {
    for (let after = 0; after < head;) {
      if (room <= 0) {
        groups.push([])
        room = maxEntries
      }
      const upTo = Math.min(head, after + room)
      groups.at(-1)?.push({ sessionId, after, upTo })
      room -= upTo - after
      after = upTo
    }
  }
  return groups
}

export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
