import { findRanges } from './findRanges.ts'

const ALL = 'found'
const HERE = 'found-here'
/** What floats above the lines covers so much of them. */
const COVERED_PX = 112
const BELOW_PX = 24

/**
 * Marks a text wherever it is drawn inside an element, and one of its places in a row apart. Answers that place;
 * undefined: it is drawn nowhere in that row, as in a line that is folded. Browsers that cannot mark text show none.
 */
export function paintFound(content: Element, text: string, here?: { row: string; nth: number }): Range | undefined {
  const row = here === undefined ? null : content.querySelector(`[data-row="${CSS.escape(here.row)}"]`)
  const own = row === null ? [] : findRanges(row, text)
  const chosen = own[Math.min(here?.nth ?? 0, own.length - 1)]
  if ('highlights' in CSS) {
    CSS.highlights.set(ALL, new Highlight(...findRanges(content, text)))
    CSS.highlights.set(HERE, new Highlight(...(chosen === undefined ? [] : [chosen])))
  }
  return chosen
}

export function clearFound(): void {
  if (!('highlights' in CSS)) return
  CSS.highlights.delete(ALL)
  CSS.highlights.delete(HERE)
}

/** Scrolls no further than is needed to have it in sight. */
export function bringIntoView(scroller: Element, range: Range): void {
  const [box, view] = [range.getBoundingClientRect(), scroller.getBoundingClientRect()]
  const inSight = box.top >= view.top + COVERED_PX && box.bottom <= view.bottom - BELOW_PX
  if (!inSight) scroller.scrollTop += box.top - view.top - Math.max(COVERED_PX, view.height / 3)
}
