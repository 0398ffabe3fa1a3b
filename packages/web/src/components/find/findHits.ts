import type { Timeline, TimelineItem } from '@farhand/shared'
import { isBusy } from '../conversation/timelineIndex.ts'

/** One place where a text was found: the `nth` time in what an item says. What is no prose counts once per item. */
export type Hit = { itemId: string; nth: number }

/** Where a text stands in what is loaded of a conversation, in the order of its lines; capitals don't matter. Pure. */
export function findHits(timeline: Timeline, text: string): Hit[] {
  const wanted = text.trim().toLowerCase()
  if (wanted === '') return []
  return timeline.items
    .filter((item) => !isQueued(item, timeline))
    .map((item) => ({ item, place: placeOf(item, timeline) }))
    .toSorted((a, b) => a.place - b.place)
    .flatMap(({ item }) => {
      const count = countOf(lowerTextOf(item), wanted)
      return Array.from({ length: isProse(item) ? count : Math.min(1, count) }, (_, nth) => ({ itemId: item.id, nth }))
    })
}

/** The hit to go to from another: the next in that direction, around the end; from nowhere the newest. Pure. */
export function stepHit(hits: readonly Hit[], from: Hit | undefined, by: 1 | -1): Hit | undefined {
  const here = indexOfHit(hits, from)
  return here === -1 ? hits.at(-1) : hits[(here + by + hits.length) % hits.length]
}

/** -1: it is none of them. */
export function indexOfHit(hits: readonly Hit[], hit: Hit | undefined): number {
  return hits.findIndex(({ itemId, nth }) => itemId === hit?.itemId && nth === hit.nth)
}

/** What waits in the queue has no line yet. */
function isQueued(item: TimelineItem, timeline: Timeline): boolean {
  return item.type === 'message' && isBusy(timeline) && timeline.runs.get(item.commandId)?.state.name === 'waiting'
}

/** A message stands where its run began. */
function placeOf(item: TimelineItem, timeline: Timeline): number {
  const started = item.type === 'message' ? timeline.runs.get(item.commandId)?.startedSeq : undefined
  return started === undefined ? item.seq : started - 0.5
}

function isProse({ type }: TimelineItem): boolean {
  return type === 'message' || type === 'text'
}

function countOf(text: string, wanted: string): number {
  let count = 0
  for (let place = text.indexOf(wanted); place !== -1; place = text.indexOf(wanted, place + wanted.length)) count += 1
  return count
}

/** A changed item is a new object. */
const lowered = new WeakMap<TimelineItem, string>()

function lowerTextOf(item: TimelineItem): string {
  const known = lowered.get(item)
  if (known !== undefined) return known
  const text = textsOf(item).join('\n').toLowerCase()
  lowered.set(item, text)
  return text
}

function textsOf(item: TimelineItem): string[] {
  switch (item.type) {
    case 'message':
    case 'text':
    case 'thinking':
      return [item.text]
    case 'tool':
      return [item.tool, ...stringsIn(item.input), ...stringsIn(item.result?.output)]
    case 'notice':
      return [item.notice.message]
    case 'run_end':
      return [item.body.error?.message ?? '']
    case 'unknown':
      return [item.body]
    case 'request': // its tool's line tells it
      return []
    default:
      return item satisfies never
  }
}

function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(stringsIn)
}
