import type { Entry } from '@farhand/shared'

/** What is kept of one session, for reading without the relay. */
export const TAIL_ENTRIES = 400
export const TAIL_BYTES = 1024 * 1024
/** And of all sessions together; those that were looked at longest ago go first. */
export const KEPT_TAILS = 20
export const KEPT_TAILS_BYTES = 8 * 1024 * 1024

/** The newest part of a log as it was read: it accounts for every seq in (from, cursor]. */
export type Tail = {
  sessionId: string
  projectId: string | undefined
  logEpoch: string
  from: number
  cursor: number
  /** When the relay was last heard about it, on the relay's clock. */
  readAt: number
  entries: readonly Entry[]
}

/**
 * The newest entries of a tail that fit, without the previews that their record replaced (LOG7), and without what came
 * after its cursor was read: that would be read again, and shown twice. Pure.
 */
export function fitTail(tail: Tail): Tail & { bytes: number } {
  const read = tail.entries.filter((entry) => entry.seq <= tail.cursor)
  const kept: Entry[] = []
  let bytes = 0
  let { from } = tail
  for (const entry of withoutSuperseded(read).toReversed()) {
    const size = sizeOf(entry)
    if (kept.length >= TAIL_ENTRIES || bytes + size > TAIL_BYTES) {
      from = entry.seq // what is kept begins after this one
      break
    }
    kept.push(entry)
    bytes += size
  }
  return { ...tail, from, bytes, entries: kept.toReversed() }
}

function withoutSuperseded(entries: readonly Entry[]): Entry[] {
  const finals = finalGroups(entries)
  return entries.filter((entry) => entry.final === true || entry.key === undefined || !finals.has(groupOf(entry)))
}

/**
 * What has to be held so that folding again gives the same: of the previews that their record replaced only the first,
 * which says where it stands. Pure.
 */
export function withoutPreviews(entries: readonly Entry[]): Entry[] {
  const finals = finalGroups(entries)
  const begun = new Set<string>()
  return entries.filter((entry) => {
    if (entry.final === true || entry.key === undefined) return true
    const group = groupOf(entry)
    if (!finals.has(group)) return true
    if (begun.has(group)) return false
    begun.add(group)
    return true
  })
}

function finalGroups(entries: readonly Entry[]): Set<string> {
  return new Set(entries.filter((entry) => entry.final === true).map(groupOf))
}

function groupOf({ commandId, kind, key }: Entry): string {
  return `${commandId}/${kind}/${key}`
}

/** What an entry takes beside its body. */
const ENTRY_BYTES = 300

function sizeOf(entry: Entry): number {
  return entry.response.length * 2 + ENTRY_BYTES
}

export type TailFacts = {
  sessionId: string
  projectId?: string | undefined
  bytes: number
  usedAt: number
}

/** The tails that have to go so that what stays is within the limits. Pure. */
export function tailsToDrop(facts: readonly TailFacts[]): string[] {
  let bytes = 0
  return facts
    .toSorted((a, b) => b.usedAt - a.usedAt)
    .filter((tail, index) => {
      bytes += tail.bytes
      return index >= KEPT_TAILS || bytes > KEPT_TAILS_BYTES
    })
    .map((tail) => tail.sessionId)
}
