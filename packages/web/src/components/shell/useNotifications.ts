import { useDocumentVisibility } from '@vueuse/core'
import { isNewsOver, TELL_AFTER_MS, type News, type SessionSummary } from '@farhand/shared'
import { onScopeDispose, watch, watchEffect } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { standByLock, type Stand } from '../../services/leadership.ts'
import { openNotifier, type Notifier } from '../../services/notify.ts'
import { openLooks, type Looks } from '../../services/notifyLooks.ts'
import { followSession, mayTell, type Followed } from '../../services/notifyRules.ts'
import { useConnectionStore } from '../../stores/connectionStore.ts'
import { useProjectStore } from '../../stores/projectStore.ts'
import { notifyTexts as texts } from '../../texts/notify.ts'
import { usePreferences } from '../preferences/preferences.ts'
import { sessionTitle } from '../session/sessionState.ts'

const LOCK = 'farhand-notify'

type NotificationParts = { notifier: Notifier; looks: Looks; stand: Stand }

/** Tells a person of sessions that need them, as they chose for this browser; one of its tabs does. */
export function useNotifications(parts: NotificationParts | undefined = browserParts()): void {
  const projects = useProjectStore()
  watchEffect(() => void setBadge(projects.waitingCount))
  if (parts === undefined) return
  const router = useRouter()
  const connection = useConnectionStore()
  const { preferences } = usePreferences()
  const { notifier, looks } = parts
  const followed = new Map<string, Followed>()
  const pauses = new Set<ReturnType<typeof setTimeout>>()
  let begunAt: number | undefined
  const seat = parts.stand(() => void closeOver())
  useLooks(looks)

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
    void closeOver()
  }

  function tellLater(sessionId: string, news: News, after: number): void {
    const pause = setTimeout(() => {
      pauses.delete(pause)
      void tell(sessionId, news, after)
    }, TELL_AFTER_MS)
    pauses.add(pause)
  }

  /** Each tab is through with it then: one that leads later does not tell it again. */
  async function tell(sessionId: string, news: News, after: number): Promise<void> {
    const session = projects.sessions.get(sessionId)
    if (session === undefined || followed.get(sessionId)?.news !== news || isNewsOver(news, session)) return
    if (!seat.leads() || !preferences.value.notify.includes(news.kind)) return
    if (mayTell(news.kind, sessionId, await looks.places())) await notifier.show({ ...noteOf(session, news), after })
  }

  function noteOf(session: SessionSummary, news: News) {
    const title = texts.titles[news.kind](sessionTitle(session))
    const body = projects.projects.get(session.projectId)?.name ?? ''
    return { ...news, sessionId: session.sessionId, title, body }
  }

  /** Also what was shown before this page was opened. */
  async function closeOver(): Promise<void> {
    if (!seat.leads() || !connection.connected) return
    for (const note of await notifier.shown()) {
      const session = projects.sessions.get(note.sessionId)
      const gone = session === undefined && followed.has(note.sessionId)
      if (gone || (session !== undefined && isNewsOver(note, session))) note.close()
    }
  }

  watch(() => [connection.connected, ...[...projects.sessions.values()].map(matter)].join('\n'), follow, {
    immediate: true,
  })
  const deaf = notifier.onOpen((path) => void router.push(path))
  onScopeDispose(() => {
    seat.resign()
    pauses.forEach(clearTimeout)
    deaf()
  })
}

/** What of a session may be worth telling, or make it so no more. */
function matter(session: SessionSummary): string {
  const { sessionId, attention, running, readUpTo, lastStatus, lastCode, archived } = session
  return JSON.stringify([sessionId, attention, running, readUpTo, lastStatus, lastCode, archived])
}

/** Says what this tab shows, as long as it is in sight. */
function useLooks(looks: Looks): void {
  const route = useRoute()
  const visibility = useDocumentVisibility()
  watchEffect(() => {
    const place = String(route.params['sessionId'] ?? '')
    looks.at(visibility.value === 'visible' ? place : undefined)
  })
  onScopeDispose(() => looks.at(undefined))
}

/** The figure on the sign of an installed app; browsers without one have no such function. */
async function setBadge(waiting: number): Promise<void> {
  const { setAppBadge } = navigator
  await setAppBadge?.call(navigator, waiting).catch(() => undefined)
}

/** Undefined where there can be no notifications, as on plain HTTP from another machine. */
function browserParts(): NotificationParts | undefined {
  if (!('locks' in navigator)) return undefined
  const notifier = openNotifier()
  const possible = notifier.permission() !== 'insecure' && notifier.permission() !== 'missing'
  return possible
    ? { notifier, looks: openLooks(navigator.locks), stand: standByLock(navigator.locks, LOCK) }
    : undefined
}
