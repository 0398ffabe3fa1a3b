import { useDocumentVisibility, watchDebounced } from '@vueuse/core'
import type { SessionSummary } from '@farhand/shared'
import { useSessionActions } from './useSessionActions.ts'

const AFTER_MS = 1_000
/** While a run writes without a pause. */
const AT_LEAST_EVERY_MS = 5_000

/** Marks a session as read up to what this page shows, while somebody can see it. */
export function useReadMark(summary: () => SessionSummary | undefined, cursor: () => number): void {
  const { markRead } = useSessionActions()
  const visibility = useDocumentVisibility()
  watchDebounced(
    () => [visibility.value, cursor()] as const,
    ([seen, readUpTo]) => {
      const session = summary()
      if (seen === 'visible' && session !== undefined && readUpTo > session.readUpTo)
        markRead(session.sessionId, readUpTo)
    },
    { debounce: AFTER_MS, maxWait: AT_LEAST_EVERY_MS, immediate: true },
  )
}
