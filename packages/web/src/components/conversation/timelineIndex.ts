import type { RequestItem, Timeline, TimelineItem } from '@farhand/shared'

/** What rows look up of each other: made once per timeline, since each change of a log is a new one. */
type TimelineIndex = {
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

function indexOf(timeline: Timeline): TimelineIndex {
  const known = made.get(timeline)
  if (known !== undefined) return known
  const requests = new Map<string, RequestItem>()
  const nested = new Map<string, TimelineItem[]>()
  for (const item of timeline.items) {
    if (item.type === 'request' && item.request.toolUseId !== undefined) requests.set(item.request.toolUseId, item)
    const parent = 'parentToolUseId' in item ? item.parentToolUseId : undefined
    if (parent !== undefined) nested.set(parent, [...(nested.get(parent) ?? []), item])
  }
  const index = { requests, nested }
  made.set(timeline, index)
  return index
}
