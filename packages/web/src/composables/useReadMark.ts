import { useDocumentVisibility, watchDebounced } from '@vueuse/core'
import type { SessionSummary } from '@farhand/shared'
import { onScopeDispose, ref } from 'vue'
import { useConnectionStore } from '../stores/connectionStore.ts'
import { pauseAfter } from './askAgain.ts'
import { useSessionActions } from './useSessionActions.ts'

const AFTER_MS = 1_000
/** While a run writes without a pause. */
const AT_LEAST_EVERY_MS = 5_000

/** Marks a session as read up to what this page shows, while somebody can see it, until the relay has taken it. */
export function useReadMark(summary: () => SessionSummary | undefined, cursor: () => number): void {
  const { markRead } = useSessionActions()
  const connection = useConnectionStore()
  const visibility = useDocumentVisibility()
  /** Grows when a mark that was refused is to be tried again. */
  const again = ref(0)
  let pause: ReturnType<typeof setTimeout> | undefined

  watchDebounced(
    [visibility, cursor, () => connection.connected, () => summary()?.readUpTo, again],
    ([seen, readUpTo, connected]) => {
      const session = summary()
      if (seen !== 'visible' || !connected || session === undefined || readUpTo <= session.readUpTo) return
      clearTimeout(pause)
      markRead(session.sessionId, readUpTo).catch((error: unknown) => {
        pause = setTimeout(() => (again.value += 1), pauseAfter(error))
      })
    },
    { debounce: AFTER_MS, maxWait: AT_LEAST_EVERY_MS, immediate: true },
  )
  onScopeDispose(() => clearTimeout(pause))
}
