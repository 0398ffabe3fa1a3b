import { useEventListener, useTimeoutFn } from '@vueuse/core'
import { computed, ref, type ComputedRef, type Ref } from 'vue'

/** Whoever has lifted the finger reads, and presses again a moment later. */
const TOUCHED_MS = 2_000

/** True while somebody is about to press something in a list: with a pointer over it, the focus in it, or lately a finger on it. */
export function useBusyList(list: Readonly<Ref<HTMLElement | null>>): ComputedRef<boolean> {
  const [pointed, focused, touched] = [ref(false), ref(false), ref(false)]
  const { start: letGoLater, stop } = useTimeoutFn(() => (touched.value = false), TOUCHED_MS, { immediate: false })

  // A finger leaves as a pointer when it begins to scroll, and comes as one although it hovers over nothing.
  const isMouse = (event: PointerEvent): boolean => event.pointerType !== 'touch'
  useEventListener(list, 'pointerenter', (event) => (pointed.value ||= isMouse(event)))
  useEventListener(list, 'pointerleave', (event) => (pointed.value &&= !isMouse(event)))

  useEventListener(
    list,
    'touchstart',
    () => {
      stop()
      touched.value = true
    },
    { passive: true },
  )
  useEventListener(list, ['touchend', 'touchcancel'], () => letGoLater(), { passive: true })
  // It rolls on after the finger is lifted.
  useEventListener(list, 'scroll', () => touched.value && letGoLater(), { passive: true })

  // A row that was tapped keeps the focus for as long as nobody taps elsewhere. An open menu is held still all the same.
  useEventListener(list, 'focusin', ({ target }) => {
    const isTapped = touched.value && target instanceof Element && target.closest('a') !== null
    focused.value = !isTapped
  })
  useEventListener(list, 'focusout', () => (focused.value = false))

  return computed(() => pointed.value || focused.value || touched.value)
}
