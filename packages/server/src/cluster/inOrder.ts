/**
 * Commits of two relays on one session may come here in the wrong order, twice or not at all. Decides what is told now,
 * so that a session's readers are told each seq once and in order. Pure.
 */

/** Accounts for every seq in `(after, to]`; what is missing between was superseded. */
export type Run<E extends { seq: number }> = { after: number; to: number; entries: readonly E[] }

export type Followed<E extends { seq: number }> = {
  /** Up to where readers here know the session. Undefined before anything is known of it. */
  told: number | undefined
  /** Whether that was told to all who read here; else some may have read less themselves. */
  emitted: boolean
  /** What came too early, in its order. */
  held: readonly Run<E>[]
}

/** More than this is not kept: what fills the gap before it brings it too. */
const MAX_HELD = 256

export const UNKNOWN: Followed<never> = { told: undefined, emitted: false, held: [] }

export function take<E extends { seq: number }>(
  followed: Followed<E>,
  run: Run<E>,
): { followed: Followed<E>; ready: readonly E[] } {
  let told = followed.told ?? run.after
  let emitted = followed.emitted
  const ready: E[] = []
  const held: Run<E>[] = []
  for (const one of inTheirOrder(followed.held, run)) {
    if (one.after > told) held.push(one)
    else if (one.to > told) {
      for (const entry of one.entries) if (entry.seq > told) ready.push(entry)
      told = one.to
      emitted = true
    }
  }
  return { followed: { told, emitted, held: held.slice(0, MAX_HELD) }, ready }
}

function inTheirOrder<E extends { seq: number }>(held: readonly Run<E>[], run: Run<E>): readonly Run<E>[] {
  return held.length === 0 ? [run] : [...held, run].toSorted((one, other) => one.after - other.after)
}

/** Somebody here read up to `head`. Who reads later has what was told before, but not the other way round. */
export function noteRead<E extends { seq: number }>(followed: Followed<E>, head: number): Followed<E> {
  return followed.emitted ? followed : { ...followed, told: Math.min(followed.told ?? head, head) }
}
