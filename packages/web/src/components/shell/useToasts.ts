import type { News, SessionSummary } from '@farhand/shared'
import { useDocumentVisibility } from '@vueuse/core'
import { onScopeDispose, watch } from 'vue'
import { useRoute } from 'vue-router'
import { visible } from '../../format/text.ts'
import { useAnnounceStore } from '../../stores/announceStore.ts'
import { useNoticeStore } from '../../stores/noticeStore.ts'
import { useProjectStore } from '../../stores/projectStore.ts'
import { useToastStore } from '../../stores/toastStore.ts'
import { notifyTexts as texts } from '../../texts/notify.ts'
import { failureOf, sessionTitle } from '../session/sessionState.ts'
import type { NewsFeed } from './useNews.ts'

/**
 * Shows what is new in sessions that this tab does not show, while somebody can see it. It is read out here, once, and so is
 * each notice: by the page's own voice, which is there before the toasts are.
 */
export function useToasts(feed: NewsFeed): void {
  const route = useRoute()
  const visibility = useDocumentVisibility()
  const projects = useProjectStore()
  const toasts = useToastStore()
  const announce = useAnnounceStore()
  const notices = useNoticeStore()
  /** Came while nobody could see it. */
  const missed = new Map<string, News>()

  function tell(session: SessionSummary, news: News): void {
    if (route.params['sessionId'] === session.sessionId) return
    if (visibility.value === 'visible') show(session, news)
    // That a run is over is no surprise any more to whoever comes back.
    else if (news.kind !== 'finished') missed.set(session.sessionId, news)
  }

  function show(session: SessionSummary, { kind, seq }: News): void {
    const about = kind === 'failed' ? failureOf(session.lastCode) : ''
    toasts.show({ sessionId: session.sessionId, kind, seq, about })
    const line = texts.titles[kind](visible(sessionTitle(session)))
    if (kind === 'need') announce.alert(line)
    else announce.say(line)
  }

  function showMissed(): void {
    for (const [sessionId, news] of missed) {
      const session = projects.sessions.get(sessionId)
      if (session !== undefined && !feed.isOver(sessionId, news)) show(session, news)
    }
    missed.clear()
  }

  function closeOver(): void {
    for (const toast of toasts.toasts) if (feed.isOver(toast.sessionId, toast)) toasts.close(toast.sessionId)
  }

  function forget(sessionId: string): void {
    toasts.close(sessionId)
    missed.delete(sessionId)
  }

  feed.listen({ tell, look: closeOver })
  watch(
    () => route.params['sessionId'],
    (opened) => typeof opened === 'string' && forget(opened),
  )
  watch(visibility, (now) => now === 'visible' && showMissed())
  watch(
    () => notices.text,
    (text) => text !== '' && announce.say(text),
    { immediate: true },
  )
  onScopeDispose(toasts.clear)
}
