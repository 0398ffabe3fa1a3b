import type { SessionSummary } from '@farhand/shared'

/** Why somebody is told of a session: it asks, a run has failed, a run is over. */
export const NOTE_KINDS = ['need', 'failed', 'finished'] as const
export type NoteKind = (typeof NOTE_KINDS)[number]

/** What somebody may have to be told of, and where it stands in the session's log. */
export type News = { kind: NoteKind; seq: number }

/** What was seen of a session so far. */
export type Followed = {
  attention: number
  running: number
  /** When it was first seen at work, as long as it is. */
  runningSince: number | undefined
  news: News | undefined
}

/** Whoever looks at it, on whichever device, has said so by then. */
export const TELL_AFTER_MS = 3_000
/** The end of a shorter run is no surprise to whoever began it. */
export const LONG_RUN_MS = 30_000

/**
 * What is known of a session after its newest summary. What happened before `begunAt`, on the relay's clock, is old: it
 * stands on the page already. All pure.
 */
export function followSession(
  before: Followed | undefined,
  session: SessionSummary,
  { now, begunAt }: { now: number; begunAt: number },
): Followed {
  const { attention, running } = session
  const seen = before ?? (session.createdAt >= begunAt ? begun(session) : undefined)
  const runningSince = running === 0 ? undefined : (seen?.runningSince ?? now)
  const kind = seen === undefined || session.updatedAt < begunAt ? undefined : kindOfChange(seen, session, now)
  const news = kind === undefined ? seen?.news : { kind, seq: session.head }
  return { attention, running, runningSince, news: news !== undefined && isOver(news, session) ? undefined : news }
}

/** A session that was begun elsewhere while this page was there. */
function begun({ createdAt }: SessionSummary): Followed {
  return { attention: 0, running: 1, runningSince: createdAt, news: undefined }
}

function kindOfChange(before: Followed, session: SessionSummary, now: number): NoteKind | undefined {
  if (session.attention > before.attention) return 'need'
  if (session.running >= before.running) return undefined
  if (session.lastStatus === 'error') return session.lastCode === 'CANCELLED' ? undefined : 'failed'
  const since = before.runningSince ?? now
  return session.running === 0 && session.lastStatus === 'complete' && now - since >= LONG_RUN_MS
    ? 'finished'
    : undefined
}

/** Answered or read, wherever, or put away: nobody has to be told any more. */
export function isOver({ kind, seq }: News, { attention, readUpTo, archived }: SessionSummary): boolean {
  return readUpTo >= seq || archived || (kind === 'need' && attention === 0)
}

/** May it be told, beside what tabs in sight show? `places`: their sessions, '' for other pages. */
export function mayTell(kind: NoteKind, sessionId: string, places: readonly string[]): boolean {
  return !places.includes(sessionId) && (kind !== 'finished' || places.length === 0)
}
