/** What a scroller says of itself, in CSS pixels. */
export type ScrollState = { top: number; height: number; view: number }

/** Closer than this to the end counts as being there. */
export const END_PX = 8

/**
 * Does the view follow the end of the stream after this scroll? Only moving up leaves it, only reaching the end
 * takes it up again: growth of the content moves neither, so it can't be mistaken for the reader's wish.
 */
export function followAfterScroll(following: boolean, before: ScrollState, after: ScrollState): boolean {
  return isAtEnd(after) || (following && after.top >= before.top)
}

/** Is the end in sight? Also where all there is fits, and nothing can be scrolled. */
export function isAtEnd({ top, height, view }: ScrollState): boolean {
  return height - view - top <= END_PX
}
