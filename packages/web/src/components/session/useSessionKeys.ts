import { useEventListener } from '@vueuse/core'
import { useNoticeStore } from '../../stores/noticeStore.ts'
import { actionTexts } from '../../texts/shell.ts'
import { offerActions } from '../palette/actions.ts'

/** How long the first Esc counts. */
const STOP_AGAIN_MS = 2_000

/** What keys and the palette can do in a session, for as long as its page lives. */
export function useSessionKeys(session: {
  focusComposer(): void
  toggleRun(): void
  canStop(): boolean
  stop(): void
}): void {
  const notices = useNoticeStore()
  let stopUntil = 0

  offerActions([
    { id: 'composer', title: actionTexts.composer, run: session.focusComposer },
    { id: 'run-panel', title: actionTexts.runPanel, run: session.toggleRun },
    { id: 'request', title: actionTexts.request, run: () => document.getElementById('request-card')?.focus() },
    { id: 'stop', title: actionTexts.stop, run: () => session.canStop() && session.stop() },
  ])

  // Esc closes first what is open; only where nothing is, it is about the run, and only the second time.
  useEventListener(window, 'keydown', (event) => {
    if (event.key !== 'Escape' || event.defaultPrevented || event.isComposing || event.repeat) return
    if (!session.canStop()) return
    if (document.querySelector('[role="dialog"], [role="menu"], [role="alertdialog"]') !== null) return
    if (event.timeStamp < stopUntil) {
      stopUntil = 0
      notices.hide()
      session.stop()
      return
    }
    stopUntil = event.timeStamp + STOP_AGAIN_MS
    notices.show(actionTexts.stopAgain)
  })
}
