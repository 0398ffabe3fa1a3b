import { useResizeObserver } from '@vueuse/core'
import { computed, onScopeDispose, ref, shallowReactive, watch, type Ref } from 'vue'

type Side = 'top' | 'bottom'

/** In CSS pixels, from the top and from the right edge of the window. `bottom`: undefined where nothing stands there. */
export type ClearRoom = { top: number; right: number; bottom: number | undefined }

/** What nothing may lie over, with the side at which it stands. */
const kept = shallowReactive(new Map<HTMLElement, Side>())

/** Says for as long as the calling scope lives that what comes by itself stands below this, or above it. */
export function keepClear(side: Side, element: Readonly<Ref<HTMLElement | null>>): void {
  let mine: HTMLElement | null = null

  function keep(next: HTMLElement | null): void {
    if (mine !== null) kept.delete(mine)
    mine = next
    if (mine !== null) kept.set(mine, side)
  }

  watch(element, keep, { immediate: true, flush: 'post' })
  onScopeDispose(() => keep(null)) // by then the reference is empty already
}

/** What is left between them, as it is just now. Undefined: nothing has said where it stands. */
export function useClearRoom(): Readonly<Ref<ClearRoom | undefined>> {
  const room = ref<ClearRoom>()
  // What stands around them changes its size where they only move, as above a keyboard.
  const watched = computed(() => [...kept.keys()].flatMap((one) => [one, one.parentElement ?? one]))

  function measure(): void {
    room.value = roomBetween(
      [...kept].map(([element, side]) => ({ side, box: element.getBoundingClientRect() })),
      window.innerWidth,
    )
  }

  useResizeObserver(watched, measure)
  watch(watched, measure, { immediate: true, flush: 'post' })
  return room
}

type Box = Pick<DOMRect, 'top' | 'bottom' | 'right'>

/** Pure. */
export function roomBetween(all: readonly { side: Side; box: Box }[], windowPx: number): ClearRoom | undefined {
  const at = (wanted: Side): Box[] => all.filter(({ side }) => side === wanted).map(({ box }) => box)
  const [above, below] = [at('top'), at('bottom')]
  if (above.length === 0) return undefined
  return {
    top: Math.max(...above.map(({ bottom }) => bottom)),
    right: Math.max(0, windowPx - Math.max(...above.map(({ right }) => right))),
    bottom: below.length === 0 ? undefined : Math.min(...below.map(({ top }) => top)),
  }
}
