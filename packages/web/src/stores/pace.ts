/** What arrives within this time is folded and drawn together. */
export const FLUSH_MS = 50
/** So long a key has the page to itself: by then it is painted, and the next one of a quick hand has not come yet. */
export const KEY_MS = 60
/** Longer than this nothing is held back for keys, however quickly they come. */
export const MOST_MS = 150

/**
 * How long to wait before what came is drawn; 0: now. A reader does not notice a tenth of a second, a writer does. Pure.
 * `cameAt`: the first of it; `keyAt`: somebody has typed here last; all in milliseconds of one clock.
 */
export function waitToDraw(now: number, cameAt: number, keyAt: number): number {
  const due = Math.min(keyAt + KEY_MS, cameAt + MOST_MS)
  return Math.max(0, cameAt + FLUSH_MS - now, due - now)
}
