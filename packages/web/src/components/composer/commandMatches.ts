import type { OfferedCommand } from '@farhand/shared'

/**
 * Commands that fit what was typed, best first: by the beginning of a name, of an alias, of a part, then by what they do. Those
 * of the project and the user stand before Claude Code's own. Pure.
 */
export function matchCommands(commands: readonly OfferedCommand[], query: string): OfferedCommand[] {
  const wanted = query.toLowerCase()
  return commands
    .map((command) => ({ command, rank: rankOf(command, wanted) }))
    .filter(({ rank }) => rank < NONE)
    .toSorted((a, b) => a.rank - b.rank || byOwner(a.command, b.command))
    .map(({ command }) => command)
}

const LAST = 7
const NONE = 8

function byOwner(a: OfferedCommand, b: OfferedCommand): number {
  return Number(a.builtin) - Number(b.builtin) || a.name.localeCompare(b.name)
}

/** Claude Code offers some that are not meant for people, or only say what to do instead. */
function isAside({ name, description }: OfferedCommand): boolean {
  return name.startsWith('_') || description.startsWith('(removed)')
}

function rankOf(command: OfferedCommand, wanted: string): number {
  const { name, aliases = [], description } = command
  const named = name.toLowerCase()
  if (wanted === '' && isAside(command)) return LAST
  if (named === wanted) return 0
  if (named.startsWith(wanted)) return 1
  if (aliases.some((alias) => alias.toLowerCase().startsWith(wanted))) return 2
  if (named.split(/[-:_/]/).some((part) => part.startsWith(wanted))) return 3
  if (named.includes(wanted)) return 4
  if (isSubsequence(wanted, named)) return 5
  return wanted.length >= LETTERS_OF_A_WORD && description.toLowerCase().includes(wanted) ? 6 : NONE
}

/** Fewer letters are in every description. */
const LETTERS_OF_A_WORD = 3

function isSubsequence(wanted: string, text: string): boolean {
  let from = 0
  for (const letter of wanted) {
    const place = text.indexOf(letter, from)
    if (place === -1) return false
    from = place + letter.length
  }
  return true
}

/** What was typed is a command as a whole: Enter sends it. Pure. */
export function isCommand(commands: readonly OfferedCommand[], query: string): boolean {
  return commands.some(({ name, aliases = [] }) => name === query || aliases.includes(query))
}

/** What the command takes that stands alone in the text, with the space behind it. Pure. */
export function argumentHintOf(commands: readonly OfferedCommand[], text: string): string {
  const name = /^\/(\S+) $/.exec(text)?.[1]
  if (name === undefined) return ''
  return commands.find((command) => command.name === name || command.aliases?.includes(name))?.argumentHint ?? ''
}
