import { createHash } from 'node:crypto'

/**
 * Makes JSON fit: long strings inside are cut, all to the same length, until it does. Numbers and structure stay.
 *
 * @returns the value as it came where it fits; else the cut one, with how many bytes there were
 */
export function fitJson<T>(value: T, maxBytes: number): { value: T; truncatedBytes?: number } {
  const bytes = jsonBytes(value)
  if (bytes <= maxBytes) return { value }
  for (let limit = maxBytes; limit >= SHORTEST; limit = Math.floor(limit / 4)) {
    const cut = cutStrings(value, limit)
    if (jsonBytes(cut) <= maxBytes) return { value: cut, truncatedBytes: bytes }
  }
  // Not long strings but very many parts: none of them is more telling than the others.
  return { value: emptied(value), truncatedBytes: bytes }
}

/** The longest start of `text` within `maxBytes` of UTF-8 that does not end inside a character. */
export function cutText(text: string, maxBytes: number): string {
  if (Buffer.byteLength(text) <= maxBytes) return text
  const bytes = Buffer.from(text)
  let end = maxBytes
  while (end > 0 && ((bytes[end] ?? 0) & CONTINUATION_MASK) === CONTINUATION) end -= 1
  return bytes.subarray(0, end).toString()
}

/** A name that others gave, as a response may carry it: a longer one becomes its digest, the same each time. */
export function fitKey(key: string): string {
  return key.length <= MAX_KEY_LENGTH ? key : createHash('sha256').update(key).digest('hex')
}

const MAX_KEY_LENGTH = 200
const SHORTEST = 64
const CONTINUATION_MASK = 0b1100_0000
const CONTINUATION = 0b1000_0000

function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value) ?? '')
}

function cutStrings<T>(value: T, limit: number): T {
  const text = JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'string' && member.length > limit ? `${cutText(member, limit)}…` : member,
  )
  return JSON.parse(text) as T // the same shape: strings stay strings
}

function emptied<T>(value: T): T {
  const entries = Object.entries(value ?? {}).map(([key, member]: [string, unknown]) => [
    key,
    typeof member === 'string' ? cutText(member, SHORTEST) : Array.isArray(member) ? [] : isPlain(member) ? {} : member,
  ])
  return Object.fromEntries(entries) as T // the same members, each of its own type, with nothing in them
}

function isPlain(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}
