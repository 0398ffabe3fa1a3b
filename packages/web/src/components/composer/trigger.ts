/** What is being typed that a list can help with. `from`, `to`: what of the text a choice replaces. */
export type Trigger = { type: 'command' | 'file'; query: string; from: number; to: number }

/** A slash at the very beginning, up to the first space; an `@` after a space, up to the next one. Pure. */
export function triggerAt(text: string, caret: number): Trigger | undefined {
  const before = text.slice(0, caret)
  const command = /^\/(\S*)$/.exec(before)
  if (command !== null) return { type: 'command', query: command[1] ?? '', from: 0, to: caret }
  const file = /(^|\s)@(?:"([^"\n]*)|([^\s"]*))$/.exec(before)
  if (file === null) return undefined
  const [, space = '', quoted, plain = ''] = file
  return { type: 'file', query: quoted ?? plain, from: file.index + space.length, to: caret }
}

/** A text with what was chosen in place of what was typed for it, and where the caret is then. Pure. */
export function replaceTrigger(text: string, { from, to }: Trigger, choice: string): { text: string; caret: number } {
  const rest = text.slice(to)
  // Between the choice and what follows stands one space, whether it was there or not.
  const inserted = `${choice} `
  return { text: text.slice(0, from) + inserted + rest.replace(/^ /, ''), caret: from + inserted.length }
}

/**
 * As Claude Code takes a file: quoted where it would end the name too early, which is at a space, at some signs of East
 * Asian writing, and at a last character that is no Latin letter, digit or underscore. Pure.
 */
export function mentionOf(path: string): string {
  const isPlain = /^[^\s"。、？！]*\w$/.test(path)
  return isPlain || path.includes('"') ? `@${path}` : `@"${path}"`
}
