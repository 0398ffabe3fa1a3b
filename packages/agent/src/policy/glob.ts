/**
 * `*` is any text, everything else is itself. Linear in what is matched for each star, so that no text, however hostile,
 * makes it slow. Pure.
 */
export function matchesText(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.split('*')
  if (!text.startsWith(first)) return false
  const last = rest.pop()
  if (last === undefined) return text === pattern
  let from = first.length
  for (const piece of rest) {
    const at = text.indexOf(piece, from)
    if (at === -1) return false
    from = at + piece.length
  }
  return text.length - last.length >= from && text.endsWith(last)
}

/** A path with `/` between its names: `*` stays within one name, `**` is any number of them. Pure. */
export function matchesPath(pattern: string, path: string): boolean {
  const wanted = pattern.split('/')
  const names = path.split('/')
  let at = 0
  /** Where the last `**` stands, and the first name that it does not take. */
  let back: { pattern: number; names: number } | undefined
  for (let index = 0; index < names.length;) {
    const next = wanted[at]
    if (next === '**') {
      back = { pattern: at, names: index }
      at += 1
    } else if (next !== undefined && matchesText(next, names[index] ?? '')) {
      at += 1
      index += 1
    } else if (back === undefined) return false
    else {
      back.names += 1
      index = back.names
      at = back.pattern + 1
    }
  }
  return wanted.slice(at).every((rest) => rest === '**')
}
