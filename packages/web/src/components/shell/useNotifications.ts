import { useDocumentVisibility } from '@vueuse/core'
import type { News, SessionSummary } from '@farhand/shared'
import { onScopeDispose, watchEffect } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { standByLock, type Stand } from '../../services/leadership.ts'
import { openNotifier, type Notifier } from '../../services/notify.ts'
import { openLooks, type Looks } from '../../services/notifyLooks.ts'
import { mayTell } from '../../services/notifyRules.ts'
import { useConnectionStore } from '../../stores/connectionStore.ts'
import { useProjectStore } from '../../stores/projectStore.ts'
import { notifyTexts as texts } from '../../texts/notify.ts'
import { usePreferences } from '../preferences/preferences.ts'
import { sessionTitle } from '../session/sessionState.ts'
import type { NewsFeed } from './useNews.ts'

const LOCK = 'farhand-notify'

type NotificationParts = { notifier: Notifier; looks: Looks; stand: Stand }

/** Tells a person of sessions that need them, as they chose for this browser; one of its tabs does. */
export function useNotifications(feed: NewsFeed, parts: NotificationParts | undefined = browserParts()): void {
  const projects = useProjectStore()
  watchEffect(() => void setBadge(projects.waitingCount))
  if (parts === undefined) return
  const router = useRouter()
  const connection = useConnectionStore()
  const { preferences } = usePreferences()
  const { notifier, looks } = parts
  const seat = parts.stand(() => void closeOver())
  useLooks(looks)

  async function tell(session: SessionSummary, news: News, after: number): Promise<void> {
    if (!seat.leads() || !preferences.value.notify.includes(news.kind)) return
    if (mayTell(news.kind, session.sessionId, await looks.places()))
      await notifier.show({ ...noteOf(session, news), after })
  }

  function noteOf(session: SessionSummary, news: News) {
    const title = texts.titles[news.kind](sessionTitle(session))
    const body = projects.projects.get(session.projectId)?.name ?? ''
    return { ...news, sessionId: session.sessionId, title, body }
  }

  /** Also what was shown before this page was opened. */
  async function closeOver(): Promise<void> {
    if (!seat.leads() || !connection.connected) return
    for (const note of await notifier.shown()) if (feed.isOver(note.sessionId, note)) note.close()
  }

  feed.listen({
    tell: (session, news, after) => void tell(session, news, after),
    look: () => void closeOver(),
  })
  const deaf = notifier.onOpen((path) => void router.push(path))
  onScopeDispose(() => {
    seat.resign()
    deaf()
  })
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
