import { isNewsOver, TELL_AFTER_MS, type News, type SessionSummary } from '@farhand/shared'
import { onScopeDispose, watch } from 'vue'
import { followSession, type Followed } from '../../services/notifyRules.ts'
import { useConnectionStore } from '../../stores/connectionStore.ts'
import { useProjectStore } from '../../stores/projectStore.ts'

type NewsListener = {
  /** Nobody has looked at it or answered it for a moment. `after`: it stands behind this place in the session's log. */
  tell(session: SessionSummary, news: News, after: number): void
  /** Sessions have changed: what was told may be over. */
  look(): void
}

export type NewsFeed = {
  listen(listener: NewsListener): void
  isOver(sessionId: string, news: News): boolean
}

/** Follows what happens in sessions, and decides for all who tell a person of it what is news. */
export function useNews(): NewsFeed {
  const projects = useProjectStore()
  const connection = useConnectionStore()
  const followed = new Map<string, Followed>()
  const pauses = new Set<ReturnType<typeof setTimeout>>()
  const listeners: NewsListener[] = []
  let begunAt: number | undefined

  function follow(): void {
    if (connection.connected) begunAt ??= connection.relayNow()
    if (begunAt === undefined) return
    const at = { now: connection.relayNow(), begunAt }
    for (const session of projects.sessions.values()) {
      const before = followed.get(session.sessionId)
      const after = followSession(before, session, at)
      followed.set(session.sessionId, after)
      if (after.news !== undefined && after.news !== before?.news)
        tellLater(session.sessionId, after.news, before?.head ?? 0)
    }
    for (const { look } of listeners) look()
  }

  function tellLater(sessionId: string, news: News, after: number): void {
    const pause = setTimeout(() => {
      pauses.delete(pause)
      tell(sessionId, news, after)
    }, TELL_AFTER_MS)
    pauses.add(pause)
  }

  /** Each tab is through with it then: one that leads later does not tell it again. */
  function tell(sessionId: string, news: News, after: number): void {
    const session = projects.sessions.get(sessionId)
    if (session === undefined || followed.get(sessionId)?.news !== news || isNewsOver(news, session)) return
    for (const listener of listeners) listener.tell(session, news, after)
  }

  watch(() => [connection.connected, ...[...projects.sessions.values()].map(matter)].join('\n'), follow, {
    immediate: true,
  })
  onScopeDispose(() => pauses.forEach(clearTimeout))

  return {
    listen(listener) {
      listeners.push(listener)
      listener.look()
    },
    isOver(sessionId, news) {
      const session = projects.sessions.get(sessionId)
      return session === undefined ? followed.has(sessionId) : isNewsOver(news, session)
    },
  }
}

/** What of a session may be worth telling, or make it so no more. */
function matter(session: SessionSummary): string {
  const { sessionId, attention, running, readUpTo, lastStatus, lastCode, archived } = session
  return JSON.stringify([sessionId, attention, running, readUpTo, lastStatus, lastCode, archived])
}
