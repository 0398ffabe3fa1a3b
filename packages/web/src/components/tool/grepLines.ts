/** Lines that a search found in one file. `number` is 0 where none was told. */
export type FoundFile = { path: string; lines: { number: number; text: string; context: boolean }[] }

const FOUND = /^(.+?)([:-])(\d+)\2(.*)$/

/** `path:12:text` lines as files with their lines; context lines have `-` in place of `:`. Pure. */
export function foundFiles(content: string): FoundFile[] {
  const files = new Map<string, FoundFile>()
  for (const line of content.split('\n')) {
    const [, path, sign, number, text] = FOUND.exec(line) ?? []
    if (path === undefined || text === undefined) continue
    const file = files.get(path) ?? { path, lines: [] }
    file.lines.push({ number: Number(number), text, context: sign === '-' })
    files.set(path, file)
  }
  return [...files.values()]
}

/** Repeated groups and many repeats may search for ever in a line that almost matches. */
const SLOW = /\)[*+{]|[*+}].*[*+}].*[*+}]/

/** Where in a line the search matched. A pattern that JavaScript reads otherwise, slowly or not at all marks nothing. */
export function matchIn(text: string, pattern: string, ignoreCase: boolean): [start: number, end: number] | undefined {
  if (SLOW.test(pattern)) return undefined
  try {
    const found = new RegExp(pattern, ignoreCase ? 'i' : '').exec(text)
    return found === null || found[0] === '' ? undefined : [found.index, found.index + found[0].length]
  } catch {
    return undefined // ripgrep knows patterns that are none here
  }
}
