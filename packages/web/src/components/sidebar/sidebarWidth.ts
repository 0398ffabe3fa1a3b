import { useLocalStorage } from '@vueuse/core'
import { computed, watchEffect } from 'vue'

export const NARROWEST_PX = 220
export const WIDEST_PX = 480
/** As in the styles. */
const DEFAULT_PX = 272
const STEP_PX = 16
const KEY = 'farhand:sidebar-width'

export function fitWidth(px: number): number {
  return Number.isFinite(px) ? Math.round(Math.min(WIDEST_PX, Math.max(NARROWEST_PX, px))) : DEFAULT_PX
}

/** How wide the list is after a key on its edge; undefined: the key is not about it. Pure. */
export function widthAfterKey(key: string, px: number): number | undefined {
  if (key === 'ArrowLeft') return fitWidth(px - STEP_PX)
  if (key === 'ArrowRight') return fitWidth(px + STEP_PX)
  if (key === 'Home') return NARROWEST_PX
  if (key === 'End') return WIDEST_PX
  return key === 'Enter' ? DEFAULT_PX : undefined
}

/** How wide the list of sessions is in this browser; the page is drawn so for as long as the calling scope lives. */
export function useSidebarWidth() {
  // Storage that is switched off or damaged costs the choice its memory, nothing else.
  const kept = useLocalStorage(KEY, DEFAULT_PX, { writeDefaults: false, onError: () => undefined })
  const width = computed({ get: () => fitWidth(kept.value), set: (px) => (kept.value = fitWidth(px)) })
  watchEffect(() => document.documentElement.style.setProperty('--side', `${width.value}px`))
  return { width, reset: () => (kept.value = DEFAULT_PX) }
}
