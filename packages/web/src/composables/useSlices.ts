import { computed, onScopeDispose, ref } from 'vue'

/** Draws what was asked for a slice per frame: thousands of lines at once would hold up the page. */
export function useSlices(perFrame: number) {
  const shown = ref(0)
  const wanted = ref(0)
  const growing = computed(() => shown.value < wanted.value)
  let frame: number | undefined

  function ask(more: number): void {
    wanted.value += more
    frame ??= requestAnimationFrame(grow)
  }

  function grow(): void {
    shown.value = Math.min(wanted.value, shown.value + perFrame)
    frame = growing.value ? requestAnimationFrame(grow) : undefined
  }

  onScopeDispose(() => frame !== undefined && cancelAnimationFrame(frame))
  return { shown, growing, ask }
}
