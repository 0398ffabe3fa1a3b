import { activeRun, type RequestItem, type Timeline, type TimelineItem } from '@farhand/shared'

/** What rows look up of each other and of the whole: made once per timeline, since each change of a log is a new one. */
type TimelineIndex = {
  /** A run is at work. */
  busy: boolean
  /** Messages come from more than one person or device. */
  severalWriters: boolean
  /** The newest request about a tool use. */
  requests: ReadonlyMap<string, RequestItem>
  /** What subagents did, by the tool use that started them, in order. */
  nested: ReadonlyMap<string, readonly TimelineItem[]>
}

const made = new WeakMap<Timeline, TimelineIndex>()
const NONE: readonly TimelineItem[] = []

export function requestOf(timeline: Timeline, toolUseId: string): RequestItem | undefined {
  return indexOf(timeline).requests.get(toolUseId)
}

export function nestedItems(timeline: Timeline, toolUseId: string): readonly TimelineItem[] {
  return indexOf(timeline).nested.get(toolUseId) ?? NONE
}

export function isBusy(timeline: Timeline): boolean {
  return indexOf(timeline).busy
}

export function hasSeveralWriters(timeline: Timeline): boolean {
  return indexOf(timeline).severalWriters
}

function indexOf(timeline: Timeline): TimelineIndex {
  const known = made.get(timeline)
  if (known !== undefined) return known
  const requests = new Map<string, RequestItem>()
  const nested = new Map<string, TimelineItem[]>()
  const writers = new Set<string>()
  for (const item of timeline.items) {
    if (item.type === 'message') writers.add(`${item.author?.id}/${item.author?.device}`)
    if (item.type === 'request' && item.request.toolUseId !== undefined) requests.set(item.request.toolUseId, item)
    const parent = 'parentToolUseId' in item ? item.parentToolUseId : undefined
    if (parent !== undefined) nested.set(parent, [...(nested.get(parent) ?? []), item])
  }
  const index = { requests, nested, busy: activeRun(timeline) !== undefined, severalWriters: writers.size > 1 }
  made.set(timeline, index)
  return index
}
