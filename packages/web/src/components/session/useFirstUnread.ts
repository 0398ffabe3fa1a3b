import type { SessionSummary } from '@farhand/shared'
import { ref, watch, type Ref } from 'vue'

/**
 * Up to where a session had been read when its page was opened. Undefined: all of it, or nothing at all; then there is
 * nothing to set apart.
 */
export function useFirstUnread(summary: () => SessionSummary | undefined): Readonly<Ref<number | undefined>> {
  const readUpTo = ref<number>()
  const stop = watch(
    summary,
    (session) => {
      if (session === undefined) return
      if (session.readUpTo > 0 && session.readUpTo < session.head) readUpTo.value = session.readUpTo
      queueMicrotask(() => stop())
    },
    { immediate: true },
  )
  return readUpTo
}
