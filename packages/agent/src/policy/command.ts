/**
 * A shell command, taken apart without understanding the shell: too often rather than too seldom, which is the safe side
 * both for what is denied (any part may match) and for what is allowed (every part must). Pure.
 */
export function partsOf(command: string): string[] {
  return command
    .split(/&&|\|\||[;|&\n]/)
    .map(tidy)
    .filter((part) => part !== '')
}

/** What the rules that deny or ask look at: also what stands in substitutions, behind `sudo`, and between quotes. Pure. */
export function suspectsOf(command: string): string[] {
  const pieces = command.split(/&&|\|\||\$\(|[;|&\n`(){}]/).map(tidy)
  const bare = pieces.map(withoutPrefixes)
  const all = [tidy(command), ...pieces, ...bare]
  return [...new Set([...all, ...all.map((piece) => piece.replaceAll(/["'\\]/g, ''))])].filter((piece) => piece !== '')
}

/** Runs something else than what its words say, or writes somewhere: nothing that a list of words can allow. Pure. */
export function hidesSomething(command: string): boolean {
  return /[`<>(){}]|\$\(|\\\n/.test(command)
}

function tidy(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim()
}

const PREFIX = /^(?:sudo|env|command|exec|nohup|time|nice|then|do|else|!|[A-Za-z_]\w*=\S*) /

function withoutPrefixes(part: string): string {
  const rest = part.replace(PREFIX, '')
  return rest === part ? part : withoutPrefixes(rest)
}
