/** Splits a command into its words as a shell does, with quotes and nothing else: no variables, no patterns, no second command. */
export function splitCommand(text: string): string[] {
  const words = text.matchAll(/(?:[^\s"']|"[^"]*"|'[^']*')+/g)
  return Array.from(words, ([word]) =>
    word.replaceAll(/"([^"]*)"|'([^']*)'/g, (_all, double: string, single: string) => double ?? single),
  )
}
