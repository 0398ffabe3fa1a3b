/** What a scroller says of itself, in CSS pixels. */
export type ScrollState = { top: number; height: number; view: number }

/** Closer than this to the end counts as being there. */
export const END_PX = 8

/**
 * Does the view follow the end of the stream after this scroll? Only moving up leaves it, only reaching the end
 * takes it up again: growth of the content moves neither, so it can't be mistaken for the reader's wish.
 */
export function followAfterScroll(following: boolean, before: ScrollState, after: ScrollState): boolean {
  if (distanceToEnd(after) <= END_PX) return true
  return following && after.top >= before.top
}

export function distanceToEnd({ top, height, view }: ScrollState): number {
  return height - view - top
}
