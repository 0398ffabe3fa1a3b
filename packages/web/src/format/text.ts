/** The first line with something in it, cut to `length` characters. */
export function firstLine(text: string, length: number): string {
  const line =
    text
      .split('\n')
      .map((part) => part.trim())
      .find((part) => part !== '') ?? ''
  const characters = [...line]
  return characters.length <= length ? line : `${characters.slice(0, length - 1).join('')}…`
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}

/**
 * Control and direction-changing characters as `⟨U+202E⟩`, so that what a person approves is what will run.
 * Newlines and tabs stay; an escape sequence becomes visible as its first character.
 */
export function visible(text: string): string {
  return text.replace(HIDDEN, numbered)
}

// eslint's no-control-regex does not apply: finding control characters is the purpose.
const HIDDEN = new RegExp(
  '[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u00ad\\u061c\\u180e\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb\\u{e0000}-\\u{e007f}]',
  'gu',
)

/** Only those that change the direction of a text: for what holds other control characters by right. */
export function visibleDirections(text: string): string {
  return text.replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, numbered)
}

function numbered(character: string): string {
  return `⟨U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟩`
}

const PLAIN = /^[ -~]*$/

/** Names in the order in which people look for them, as for `toSorted`. */
export function compareNames(a: string, b: string): number {
  // What sorts all languages takes as long to be made as a conversation to be drawn.
  if (!PLAIN.test(a) || !PLAIN.test(b)) return a.localeCompare(b)
  const [small, other] = [a.toLowerCase(), b.toLowerCase()]
  return small < other ? -1 : small > other ? 1 : 0
}

/** A path inside `directory` as it is seen from there; any other text as it is. */
export function shortenPath(path: string, directory: string | undefined): string {
  if (directory === undefined || directory === '') return path
  const inside = directory.endsWith('/') ? directory : `${directory}/`
  return path.startsWith(inside) ? path.slice(inside.length) : path
}

/** `812 B`, `14 kB`, `3.4 MB`. */
export function humanBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  if (bytes < 1_000_000) return `${Math.round(bytes / 1000)} kB`
  return `${(bytes / 1_000_000).toFixed(1)} MB`
}

/** The whole in at most `length` characters, cut in the middle: the end of a path says more than its middle. */
export function cutMiddle(text: string, length: number): string {
  if (text.length <= length) return text
  const head = Math.floor((length - 1) / 3)
  return `${text.slice(0, head)}…${text.slice(text.length - (length - 1 - head))}`
}
