import { useTimeoutFn } from '@vueuse/core'
import { watch, type Ref } from 'vue'
import { useConnectionStore } from '../../stores/connectionStore.ts'

/** How long it is said that it is over. */
const SHOWN_MS = 3_000

/** Whether a loss of the connection is just over. The first connection of a page is no return. */
export function useReturn(): Readonly<Ref<boolean>> {
  const connection = useConnectionStore()
  const { isPending, start } = useTimeoutFn(() => undefined, SHOWN_MS, { immediate: false })
  let lost = false
  watch(
    () => connection.status.name,
    (name) => {
      if (connection.lost && connection.welcome !== undefined) lost = true
      if (name !== 'live' || !lost) return
      lost = false
      start()
    },
    { immediate: true, flush: 'sync' },
  )
  return isPending
}
