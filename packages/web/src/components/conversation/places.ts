import type { Place } from '../../composables/useFollow.ts'

const KEPT_PLACES = 20

const places = new Map<string, Place>()

/** Where a reader was in a session when they left it, for as long as the page lives. Left at the end: nothing. */
export function rememberPlace(sessionId: string, place: Place | undefined): void {
  places.delete(sessionId)
  if (place !== undefined) places.set(sessionId, place)
  const [oldest] = places.keys()
  if (places.size > KEPT_PLACES && oldest !== undefined) places.delete(oldest)
}

export function placeIn(sessionId: string): Place | undefined {
  return places.get(sessionId)
}
