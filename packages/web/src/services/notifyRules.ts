import { isNewsOver, LONG_RUN_MS, type News, type NoteKind, type SessionSummary } from '@farhand/shared'

/** What was seen of a session so far. */
export type Followed = {
  head: number
  attention: number
  running: number
  /** When it was first seen at work, as long as it is. */
  runningSince: number | undefined
  news: News | undefined
}

/**
 * What is known of a session after its newest summary. What happened before `begunAt`, on the relay's clock, is old: it
 * stands on the page already. All pure.
 */
export function followSession(
  before: Followed | undefined,
  session: SessionSummary,
  { now, begunAt }: { now: number; begunAt: number },
): Followed {
  const { head, attention, running } = session
  const seen = before ?? (session.createdAt >= begunAt ? begun(session) : undefined)
  const runningSince = running === 0 ? undefined : (seen?.runningSince ?? now)
  const kind = seen === undefined || session.updatedAt < begunAt ? undefined : kindOfChange(seen, session, now)
  const news = kind === undefined ? seen?.news : { kind, seq: head }
  const fresh = news !== undefined && isNewsOver(news, session) ? undefined : news
  return { head, attention, running, runningSince, news: fresh }
}

/** A session that was begun elsewhere while this page was there. */
function begun({ createdAt }: SessionSummary): Followed {
  return { head: 0, attention: 0, running: 1, runningSince: createdAt, news: undefined }
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

/** May it be told, beside what tabs in sight show? `places`: their sessions, '' for other pages. */
export function mayTell(kind: NoteKind, sessionId: string, places: readonly string[]): boolean {
  return !places.includes(sessionId) && (kind !== 'finished' || places.length === 0)
}
