import { TEXT_KINDS, type Entry } from '@farhand/shared'

/** When the first entry of every recording was said, and how far apart they are. */
const BEGAN_AT = Date.UTC(2026, 0, 5, 9)
const APART_MS = 200
const DURATION_MS = 1_000
/** A number this large is a time. */
const EPOCH_MS = 1_500_000_000_000

/** `directory`: all that a recording was made in; its name may stand nowhere. */
type Places = { directory: string }

/**
 * Entries as they would be of any machine at any time: what is different each time is numbered in the order in which it is
 * named. Pure.
 */
export function asStable(entries: readonly Entry[], { directory }: Places): string[] {
  const named = nameKeeper()
  return entries.map((entry, index) => {
    const response = isSaid(entry) ? entry.response : JSON.stringify(timeless(JSON.parse(entry.response), index))
    return named(withoutPlaces(JSON.stringify({ ...entry, at: BEGAN_AT + index * APART_MS, response }), directory))
  })
}

function isSaid({ kind }: Entry): boolean {
  return TEXT_KINDS.includes(kind)
}

function timeless(value: unknown, index: number, key = ''): unknown {
  if (typeof value === 'number' && /Ms$|_ms$/.test(key)) return DURATION_MS
  if (typeof value === 'number' && value > EPOCH_MS) return BEGAN_AT + index * APART_MS
  if (Array.isArray(value)) return value.map((each) => timeless(each, index))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, timeless(each, index, name)]))
}

/** A path, and the form of it that Claude Code makes names of folders from. */
function withoutPlaces(text: string, directory: string): string {
  return text
    .replaceAll(directory, '/somewhere')
    .replaceAll(directory.replaceAll(/[^A-Za-z0-9]/g, '-'), '-somewhere')
    .replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:3000')
    .replaceAll(/(?<=duration_ms:? |\()\d+(?:\.\d+)?/g, '1')
}

/** What is made by chance, and how its number is written in its place. */
const BY_CHANCE: readonly (readonly [pattern: RegExp, write: (count: number) => string])[] = [
  [
    /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g,
    (count) => `00000000-0000-4000-8000-${padded(count, 12)}`,
  ],
  [/\b[0-9a-f]{64}\b/g, (count) => padded(count, 64)],
  [/\btoolu_\w+/g, (count) => `toolu_${padded(count, 4)}`],
  [/\ba[0-9a-f]{16}\b/g, (count) => `a${padded(count, 16)}`],
  [/(?<=\.claude\/plans\/)[\w-]+/g, (count) => `plan-${count}`],
  [/\bmsg_\w+/g, (count) => `msg_${padded(count, 4)}`],
]

function nameKeeper(): (text: string) => string {
  const names = new Map<string, string>()
  const counts = new Map<RegExp, number>()
  return (text) =>
    BY_CHANCE.reduce(
      (rest, [pattern, write]) =>
        rest.replaceAll(pattern, (found) => {
          const known = names.get(found)
          if (known !== undefined) return known
          const count = (counts.get(pattern) ?? 0) + 1
          counts.set(pattern, count)
          names.set(found, write(count))
          return write(count)
        }),
      text,
    )
}

function padded(count: number, length: number): string {
  return String(count).padStart(length, '0')
}
