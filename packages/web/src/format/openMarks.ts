/**
 * Text that still grows, with the marks closed that it has opened: half a word in bold is shown bold, and half a link
 * shows its words, never its raw address. Pure.
 */
export function closeMarks(text: string): string {
  // Code that is open swallows everything behind it.
  const ticks = text.match(/`+/g) ?? []
  if (ticks.length % 2 === 1) return `${text}${ticks.at(-1) ?? ''}`
  const plain = text.replace(/(`+)[^`]*?\1/g, (code) => ' '.repeat(code.length))
  const link = /!?\[([^\]\n]*)(?:\](?:\([^)\n]*)?)?$/.exec(plain)
  const kept = link === null ? text : `${text.slice(0, link.index)}${link[1] ?? ''}`
  return kept + openEmphasis(link === null ? plain : plain.slice(0, link.index) + (link[1] ?? ''))
}

/** The marks that are missing at the end, innermost first. */
function openEmphasis(plain: string): string {
  const open: string[] = []
  for (const [mark, before, after] of marks(plain)) {
    if (open.at(-1) === mark && !/\s/.test(before)) open.pop()
    else if (after !== '' && !/\s/.test(after)) open.push(mark)
  }
  return open.toReversed().join('')
}

function* marks(plain: string): Generator<[mark: string, before: string, after: string]> {
  for (const found of plain.matchAll(/\*\*|~~|(?<!\*)\*(?!\*)/g)) {
    const end = found.index + found[0].length
    yield [found[0], plain.charAt(found.index - 1), plain.charAt(end)]
  }
}
