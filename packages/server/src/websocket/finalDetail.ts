import type { Entry } from '@farhand/shared'
import type { Heard } from './subscriptions.ts'

/** A preview that its final record replaces; readers of final detail get none (SUB6). */
export function isDelta(entry: Entry): boolean {
  return (entry.kind === 'text' || entry.kind === 'thinking') && entry.key !== undefined && entry.final !== true
}

/** What is remembered after a publication, and what readers of final detail get of it. */
export function hear(
  session: Heard,
  entries: readonly Entry[],
): { heard: Pick<Heard, 'head' | 'published' | 'finalHead'>; final: Entry[] } {
  const first = entries[0]
  const last = entries.at(-1)
  if (first === undefined || last === undefined) return { heard: session, final: [] }
  const final = chainFinal(entries, finalBefore(session, first.seq))
  const heard = { head: Math.max(session.head, last.seq), published: last.seq, finalHead: final.finalHead }
  return { heard, final: final.entries }
}

/** Leaves deltas out: each entry's `prev` names the one before it that was not left out. `before` is the one before all. */
function chainFinal(entries: readonly Entry[], before: number): { entries: Entry[]; finalHead: number } {
  let finalHead = before
  const kept: Entry[] = []
  for (const entry of entries) {
    if (isDelta(entry)) continue
    kept.push({ ...entry, prev: finalHead })
    finalHead = entry.seq
  }
  return { entries: kept, finalHead }
}

/**
 * The final entry before `seq`. Where what came before was not seen here, all of it counts as final: a reader that is
 * behind then asks once more than needed, and never misses one.
 */
function finalBefore(session: Heard, seq: number): number {
  return session.published > 0 && session.published === seq - 1 ? session.finalHead : seq - 1
}

/** The head as a reader of final detail may hear it: deltas alone are no reason to ask again. */
export function finalHead(session: Heard): number {
  return session.published > 0 ? session.finalHead : session.head
}
