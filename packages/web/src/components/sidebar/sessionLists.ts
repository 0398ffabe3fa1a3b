import type { SessionSummary } from '@farhand/shared'

export const SESSION_FILTERS = ['all', 'need', 'running', 'unread', 'archived'] as const
export type SessionFilter = (typeof SESSION_FILTERS)[number]

/** The sessions that a filter lets through. Archived ones are seen only where they are asked for. Pure. */
export function filterSessions(sessions: readonly SessionSummary[], filter: SessionFilter): SessionSummary[] {
  return sessions.filter((session) => passes(session, filter))
}

function passes(session: SessionSummary, filter: SessionFilter): boolean {
  if (session.archived !== (filter === 'archived')) return false
  switch (filter) {
    case 'all':
    case 'archived':
      return true
    case 'need':
      return session.attention > 0
    case 'running':
      return session.running > 0
    case 'unread':
      return isUnread(session)
    default:
      return filter satisfies never
  }
}

/** Somebody wants to come back to it; or something came that nobody has looked at, and it is not still going on. */
export function isUnread({ head, readUpTo, running, attention, lastStatus, markedUnread }: SessionSummary): boolean {
  return markedUnread === true || attention > 0 || (running === 0 && lastStatus !== undefined && head > readUpTo)
}
