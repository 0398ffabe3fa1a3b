/** The parts of the page that F6 goes through, in this order. */
const AREAS = ['sidebar', 'conversation', 'request-card', 'composer', 'toasts', 'run-panel']

/** Puts the focus into the next part that is there. False: there is none after it, and the browser goes on. */
export function nextArea(by: 1 | -1): boolean {
  const areas = AREAS.map((id) => document.getElementById(id)).filter((area) => area !== null)
  const here = areas.findLastIndex((area) => area.contains(document.activeElement))
  const next = here === -1 ? (by === 1 ? areas[0] : areas.at(-1)) : areas[here + by]
  next?.focus()
  return next !== undefined && next.contains(document.activeElement)
}
