/** What arrives within this time is folded and drawn together. */
export const FLUSH_MS = 50
/** So long a key has the page to itself: by then it is painted, and the next one of a quick hand has not come yet. */
export const KEY_MS = 60
/** Longer than this nothing is held back, however quickly keys come or slowly it is drawn. */
export const MOST_MS = 150
/** So much longer than what streams was drawn the last time it is gathered: a slow device has time for more than that. */
export const PAUSE_PER_DRAWN = 4

/**
 * How long to wait before what came is drawn; 0: now. A reader does not notice a tenth of a second, a writer does. Pure.
 * `cameAt`: the first of it; `keyAt`: somebody has typed here last; all in milliseconds of one clock. `tookMs`: to draw
 * what came before.
 */
export function waitToDraw(now: number, cameAt: number, keyAt: number, tookMs = 0): number {
  const gathered = cameAt + Math.max(FLUSH_MS, tookMs * PAUSE_PER_DRAWN)
  const due = Math.min(Math.max(gathered, keyAt + KEY_MS), cameAt + MOST_MS)
  return Math.max(0, due - now)
}
