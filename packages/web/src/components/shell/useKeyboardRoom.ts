import { useEventListener } from '@vueuse/core'
import { onScopeDispose } from 'vue'

/** What differs by less is no keyboard: bars of the browser come and go. */
const LEAST_KEYBOARD_PX = 120
/** Who has zoomed in sees a part of the page because they want to. */
const UNZOOMED = 1.01

/**
 * Keeps the page above a keyboard that covers it. On an iPhone a window stays as high as it is when the keyboard opens, and
 * is pushed up by it: the head would be out of sight. Where the window gets lower by itself there is nothing to do.
 */
export function useKeyboardRoom(viewport: VisualViewport | null = window.visualViewport): void {
  if (viewport === null) return
  const { classList, style } = document.documentElement

  function show(px: number | undefined): void {
    classList.toggle('keyboard', px !== undefined)
    if (px === undefined) style.removeProperty('--room')
    else style.setProperty('--room', `${px}px`)
  }

  useEventListener(viewport, ['resize', 'scroll'], () => {
    const px = roomAbove(viewport, window.innerHeight)
    show(px)
    if (px !== undefined && viewport.offsetTop > 0) window.scrollTo(0, 0)
  })
  onScopeDispose(() => show(undefined))
}

/** How high the page may be, in CSS pixels. Undefined: nothing covers it. Pure. */
export function roomAbove(
  { height, scale }: Pick<VisualViewport, 'height' | 'scale'>,
  windowPx: number,
): number | undefined {
  return scale < UNZOOMED && windowPx - height >= LEAST_KEYBOARD_PX ? Math.floor(height) : undefined
}
