import type { Author } from '@farhand/shared'

/** Ids of a small world: readable in a report, and UUIDs where the code looks. */
export function uuid(kind: 'a' | 'b' | 'c' | 'd' | 'e', number: number): string {
  return `00000000-0000-4000-8000-${kind}${number.toString(16).padStart(11, '0')}`
}

export const PROJECT = uuid('b', 1)
export const AGENT = uuid('a', 1)
export const RIVAL = uuid('a', 2)
export const SESSIONS: readonly string[] = [uuid('d', 1), uuid('d', 2)]

export function author(browser: number): Author {
  return { id: `owner-${browser}`, name: 'Owner', device: `browser ${browser}` }
}
