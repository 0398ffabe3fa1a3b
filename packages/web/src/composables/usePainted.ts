import { onScopeDispose, readonly, ref, watch, type Ref } from 'vue'
import { soon } from '../services/soon.ts'

/** Has what was drawn when `ready` came true been seen? For what a reader misses least, and would hold up the rest. */
export function usePainted(ready: () => boolean): Readonly<Ref<boolean>> {
  const painted = ref(false)
  let frame = 0
  watch(
    ready,
    (isReady) => {
      cancelAnimationFrame(frame)
      // The frame's own call comes before it is painted, the task after it.
      if (isReady) frame = requestAnimationFrame(() => soon(() => (painted.value = true)))
    },
    { immediate: true, flush: 'post' },
  )
  onScopeDispose(() => cancelAnimationFrame(frame))
  return readonly(painted)
}
