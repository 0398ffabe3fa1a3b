/** Where a text stands in what a person sees of an element, over the borders of its parts; capitals don't matter. */
export function findRanges(element: Element, text: string): Range[] {
  const wanted = text.trim().toLowerCase()
  const parts = wanted === '' ? [] : seenTexts(element)
  const whole = parts.map(({ data }) => lower(data)).join('')
  const ranges: Range[] = []
  for (let place = whole.indexOf(wanted); place !== -1 && wanted !== '';) {
    const end = place + wanted.length
    const range = new Range()
    range.setStart(...pointAt(parts, place, 'start'))
    range.setEnd(...pointAt(parts, end, 'end'))
    ranges.push(range)
    place = whole.indexOf(wanted, end)
  }
  return ranges
}

function seenTexts(element: Element): Text[] {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT)
  const texts: Text[] = []
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode())
    if (node instanceof Text && node.parentElement?.closest('.sr, .sr-heading, [aria-hidden="true"]') === null)
      texts.push(node)
  return texts
}

/** A few letters are two in small, which would move all that follows: they stay as they are. */
function lower(text: string): string {
  const small = text.toLowerCase()
  return small.length === text.length ? small : [...text].map(lowerLetter).join('')
}

function lowerLetter(letter: string): string {
  const small = letter.toLowerCase()
  return small.length === letter.length ? small : letter
}

/** Which part a place of the whole is in. On a border a start belongs to the part after it, an end to the one before. */
function pointAt(parts: readonly Text[], place: number, side: 'start' | 'end'): [Text, number] {
  let before = 0
  for (const part of parts) {
    const within = place - before
    if (within < part.length || (side === 'end' && within === part.length)) return [part, within]
    before += part.length
  }
  throw new RangeError('a place is in what it was found in')
}
