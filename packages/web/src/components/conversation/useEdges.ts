import { useIntersectionObserver } from '@vueuse/core'
import { computed, ref, watch, type Ref } from 'vue'
import { nextSlice } from '../../composables/useSlices.ts'
import { nextFrame } from './frames.ts'
import { PAGE_ROWS, ROWS_PER_FRAME } from './rowWindow.ts'

/** How near its edge more is drawn by itself. */
const NEAR_EDGE = '1200px 0px'

type Edge = Readonly<Ref<HTMLElement | null>>

export type EdgeParts = {
  scroller: Edge
  upper: Edge
  lower: Edge
  /** Who follows the end stays there. */
  following: Readonly<Ref<boolean>>
  hasEarlier: Readonly<Ref<boolean>>
  hasLater: Readonly<Ref<boolean>>
  /** Not while older entries are under way, or have just been refused: once that is over they are asked for again. */
  mayAsk: Readonly<Ref<boolean>>
  /** Makes them, and does not show them yet. */
  prepareEarlier(rows: number): Promise<void>
  showEarlier(rows: number): Promise<void>
  showLater(rows: number): Promise<void>
  /** Something else each time that more is drawn. */
  extent(): string
}

/** Near an edge more is drawn by itself, a few rows per frame, as long as it brings something. */
export function useEdges(parts: EdgeParts): void {
  const [nearUpper, nearLower] = [ref(false), ref(false)]
  const options = { root: parts.scroller, rootMargin: NEAR_EDGE } // of several sightings told at once the last counts
  useIntersectionObserver(parts.upper, (seen) => (nearUpper.value = seen.at(-1)?.isIntersecting === true), options)
  useIntersectionObserver(parts.lower, (seen) => (nearLower.value = seen.at(-1)?.isIntersecting === true), options)
  const above = computed(
    () => nearUpper.value && parts.hasEarlier.value && parts.mayAsk.value && !parts.following.value,
  )
  const below = computed(() => nearLower.value && parts.hasLater.value)
  let drawing = false
  /** As many as a frame had time for, also when somebody comes to an edge again. */
  let rows = ROWS_PER_FRAME

  // Also when the extent changes: an edge that stays near is not told of again, whoever brought the rows.
  watch([above, below, parts.extent], async () => {
    if (drawing || !(above.value || below.value)) return
    drawing = true
    await draw().finally(() => (drawing = false))
  })

  function isSeen(edge: HTMLElement | null): boolean {
    const [box, view] = [edge, parts.scroller.value].map((element) => element?.getBoundingClientRect())
    return box !== undefined && view !== undefined && box.bottom > view.top && box.top < view.bottom
  }

  async function draw(): Promise<void> {
    let before = ''
    for (let at = await nextFrame(); ;) {
      if (!above.value && !below.value) return
      const upwards = above.value
      const isWaited = isSeen(upwards ? parts.upper.value : parts.lower.value)
      let madeMs = 0
      // Made in one frame and shown in the next, each has half of the work.
      if (upwards && !isWaited) {
        await parts.prepareEarlier(rows)
        const made = await nextFrame()
        madeMs = made - at
        at = made
        if (!above.value) continue
      }
      const extent = parts.extent()
      if (extent === before) return
      before = extent
      // Who has come to the edge itself waits for it, and sees nothing jerk.
      const count = isWaited ? PAGE_ROWS : rows
      await (upwards ? parts.showEarlier(count) : parts.showLater(count))
      const now = await nextFrame()
      rows = nextSlice(rows, Math.max(madeMs, now - at), ROWS_PER_FRAME)
      at = now
    }
  }
}
