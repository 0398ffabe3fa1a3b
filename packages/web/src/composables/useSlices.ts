import { computed, nextTick, onScopeDispose, ref } from 'vue'

/** What a slice may take, from its frame to the next one: a reader who scrolls meanwhile notices little more. */
const SLICE_MS = 20
/** How much smaller than the first a slice gets: a frame may be late for other reasons. And how much larger. */
const [LEAST, MOST] = [1 / 4, 8]

/**
 * Draws what was asked for a slice per frame: thousands of lines at once would hold up the page. The first slice has
 * `perFrame`, later ones what a frame has time for. `moves` counts how often something else has moved the view: such a
 * frame is left to it.
 */
export function useSlices(perFrame: number, moves: () => number = () => 0) {
  const shown = ref(0)
  const wanted = ref(0)
  const growing = computed(() => shown.value < wanted.value)
  let frame: number | undefined
  let before: { at: number; size: number } | undefined
  let movesBefore = 0

  function ask(more: number): void {
    wanted.value += more
    movesBefore = moves()
    frame ??= requestAnimationFrame(grow)
  }

  function grow(at: number): void {
    if (moves() !== movesBefore) return skip()
    const size = before === undefined ? perFrame : nextSlice(before.size, at - before.at, perFrame)
    before = { at, size }
    shown.value = Math.min(wanted.value, shown.value + size)
    // What the slice itself has moved does not count.
    void nextTick(() => (movesBefore = moves()))
    if (growing.value) frame = requestAnimationFrame(grow)
    else frame = before = undefined
  }

  function skip(): void {
    movesBefore = moves()
    before = undefined
    frame = requestAnimationFrame(grow)
  }

  onScopeDispose(() => frame !== undefined && cancelAnimationFrame(frame))
  return { shown, growing, ask }
}

/** How large the next slice is, after one of `size` took `tookMs`; `first` was the size of the first. Pure. */
export function nextSlice(size: number, tookMs: number, first: number): number {
  const fitting = (size * SLICE_MS) / Math.max(1, tookMs)
  const gentle = Math.min(size * 2, Math.max(size / 2, fitting))
  return Math.ceil(Math.min(first * MOST, Math.max(first * LEAST, gentle)))
}
