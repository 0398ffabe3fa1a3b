const MAX_LENGTH = 80
const SEALED = 'e2e:'

/**
 * What a new session is called until somebody names it: the first line of its first prompt that says something. A sealed
 * prompt says nothing to the relay.
 */
export function titleOf(prompt: string): string | undefined {
  if (prompt.startsWith(SEALED)) return undefined
  const line = prompt
    .split('\n')
    .map((each) => each.trim())
    .find((each) => each !== '')
  if (line === undefined) return undefined
  const letters = [...line]
  return letters.length <= MAX_LENGTH ? line : `${letters.slice(0, MAX_LENGTH - 1).join('')}…`
}
