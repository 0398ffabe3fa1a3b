import type { SessionSummary } from '../types/messages.ts'
import type { NoteKind } from '../types/push.ts'

/** What somebody may have to be told of, and where it stands in the session's log. */
export type News = { kind: NoteKind; seq: number }

/** Whoever looks at it, on whichever device, has said so by then. */
export const TELL_AFTER_MS = 3_000
/** The end of a shorter run is no surprise to whoever began it. */
export const LONG_RUN_MS = 30_000

/** Answered or read, wherever, or put away: nobody has to be told any more. Pure. */
export function isNewsOver({ kind, seq }: News, { attention, readUpTo, archived }: SessionSummary): boolean {
  return readUpTo >= seq || archived || (kind === 'need' && attention === 0)
}
