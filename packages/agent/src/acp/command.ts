/**
 * Splits a command into its words as a shell does, with quotes and nothing else: no variables, no patterns, no second
 * command. `undefined`: a quote is not closed.
 */
export function splitCommand(text: string): string[] | undefined {
  if (/["']/.test(text.replaceAll(QUOTED, ''))) return undefined
  const words = text.matchAll(/(?:[^\s"']|"[^"]*"|'[^']*')+/g)
  return Array.from(words, ([word]) => word.replaceAll(QUOTED, (quoted) => quoted.slice(1, -1)))
}

const QUOTED = /"[^"]*"|'[^']*'/g
