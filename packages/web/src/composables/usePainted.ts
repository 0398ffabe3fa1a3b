import { onScopeDispose, readonly, ref, watch, type Ref } from 'vue'

/** Has what was drawn when `ready` came true been seen? For what a reader misses least, and would hold up the rest. */
export function usePainted(ready: () => boolean): Readonly<Ref<boolean>> {
  const painted = ref(false)
  let frame = 0
  watch(
    ready,
    (isReady) => {
      cancelAnimationFrame(frame)
      // The first one comes before that paint, the second after it.
      if (isReady) frame = requestAnimationFrame(() => (frame = requestAnimationFrame(() => (painted.value = true))))
    },
    { immediate: true, flush: 'post' },
  )
  onScopeDispose(() => cancelAnimationFrame(frame))
  return readonly(painted)
}
