import { onScopeDispose } from 'vue'
import type { Router } from 'vue-router'

/** What stands over the page just now, the topmost last. */
const overlays: (() => void)[] = []

/** Says that something stands over the page for as long as the calling scope lives, and how it is closed. */
export function useOverlay(close: () => void): void {
  overlays.push(close)
  onScopeDispose(() => {
    const place = overlays.lastIndexOf(close)
    if (place !== -1) overlays.splice(place, 1)
  })
}

/** A step back closes what stands over the page before it leaves the page. Returns its undo. */
export function closeOnBack(router: Router): () => void {
  let isStep = false
  // Told in the very call in which the router begins to ask its guards.
  const undo = router.options.history.listen(() => (isStep = true))
  const unguard = router.beforeEach(() => {
    const close = isStep ? overlays.at(-1) : undefined
    isStep = false
    close?.()
    return close === undefined // refused, the router puts the address back
  })
  return () => {
    unguard()
    undo()
  }
}
