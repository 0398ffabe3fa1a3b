import { useDocumentVisibility, watchDebounced } from '@vueuse/core'
import type { SessionSummary } from '@farhand/shared'
import { onScopeDispose, ref, watch } from 'vue'
import { useConnectionStore } from '../stores/connectionStore.ts'
import { pauseAfter } from './askAgain.ts'
import { useSessionActions } from './useSessionActions.ts'

const AFTER_MS = 1_000
/** While a run writes without a pause. */
const AT_LEAST_EVERY_MS = 5_000

/**
 * Marks a session as read up to what this page shows, while somebody can see it, until the relay has taken it. What is marked
 * unread meanwhile, here or elsewhere, is not read before somebody comes to it anew.
 * @param summary as the relay has told it; undefined: not yet
 */
export function useReadMark(summary: () => SessionSummary | undefined, cursor: () => number): void {
  const { markRead } = useSessionActions()
  const connection = useConnectionStore()
  const visibility = useDocumentVisibility()
  /** Grows when a mark that was refused is to be tried again. */
  const again = ref(0)
  const putBack = ref(false)
  let pause: ReturnType<typeof setTimeout> | undefined

  function isMarked(): boolean | undefined {
    const session = summary()
    return session === undefined ? undefined : session.markedUnread === true
  }
  watch(isMarked, (marked, before) => (putBack.value = marked === true && before === false))
  watch(visibility, () => (putBack.value = false))

  watchDebounced(
    [visibility, cursor, () => connection.connected, () => summary()?.readUpTo, isMarked, again],
    ([seen, readUpTo, connected]) => {
      const session = summary()
      if (seen !== 'visible' || !connected || session === undefined || putBack.value) return
      if (readUpTo <= session.readUpTo && isMarked() !== true) return
      clearTimeout(pause)
      markRead(session.sessionId, readUpTo).catch((error: unknown) => {
        pause = setTimeout(() => (again.value += 1), pauseAfter(error))
      })
    },
    { debounce: AFTER_MS, maxWait: AT_LEAST_EVERY_MS, immediate: true },
  )
  onScopeDispose(() => clearTimeout(pause))
}
