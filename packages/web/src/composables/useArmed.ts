import { onScopeDispose, readonly, ref, watch, type Ref } from 'vue'

/** What has just appeared under a pointer is not what the pointer was meant for. */
export const ARMED_AFTER_MS = 400

/** False for a moment after `what` changes; buttons that decide something stay inert until then. */
export function useArmed(what: () => unknown): Readonly<Ref<boolean>> {
  const armed = ref(false)
  let timer: ReturnType<typeof setTimeout> | undefined
  let frame: number | undefined

  function stop(): void {
    if (frame !== undefined) cancelAnimationFrame(frame)
    clearTimeout(timer)
  }

  watch(
    what,
    () => {
      armed.value = false
      stop()
      // From when it is painted: on a busy machine that is a good part of the moment after it is known.
      frame = requestAnimationFrame(() => (timer = setTimeout(() => (armed.value = true), ARMED_AFTER_MS)))
    },
    { immediate: true },
  )
  onScopeDispose(stop)
  return readonly(armed)
}
