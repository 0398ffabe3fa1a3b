import { activeRun, type MessageItem, type Timeline, type TimelineItem, type ToolItem } from '@farhand/shared'
import { sameMembers } from '../../composables/steady.ts'
import type { OutboxItem } from '../../stores/outboxStore.ts'
import { groupKind } from '../tool/toolView.ts'
import { requestOf } from './timelineIndex.ts'

const GROUP_KEY = 'tools:'
const DAY_KEY = 'day:'
const NEW_KEY = 'new'

/** One line of the conversation as it is drawn. `key` stays the same while the line's content changes. */
export type Row =
  | ItemRow
  | DroppedRow
  /** Typed here and not in the log yet. Its key is that of the entry to come. */
  | { type: 'kept'; key: string; item: OutboxItem }
  /** A new day begins; `at` is some moment of it. */
  | { type: 'day'; key: string; at: number }
  /** What follows was not read yet when the page was opened. */
  | { type: 'new'; key: string }

export type ItemRow =
  | { type: 'item'; key: string; item: Exclude<TimelineItem, ToolItem> }
  | { type: 'tool'; key: string; item: ToolItem }
  /** Quiet tools that followed each other; one alone too, since others may follow. */
  | { type: 'tools'; key: string; items: ToolItem[] }

/** What somebody went back to before, folded. Its key is that of its last row: what comes above by and by belongs to it. */
export type DroppedRow = { type: 'dropped'; key: string; rows: ItemRow[] }

/** @param newAfter the seq up to which this session was read before; left out: nothing is marked */
export type RowMarks = { now: number; newAfter?: number | undefined }

/** What is drawn at the top level of a conversation, in order. Pure. */
export function rowsOf(timeline: Timeline, kept: readonly OutboxItem[], marks: RowMarks): Row[] {
  const shown = inRunOrder(timeline).filter((item) => !isNested(item, timeline) && !isSaidByTool(item, timeline))
  const rows = withMarks(foldDropped(groupItems(shown, timeline)), marks)
  return [
    ...rows,
    ...kept
      .filter((item) => !timeline.runs.has(item.commandId))
      .map((item): Row => ({ type: 'kept', key: item.commandId, item })),
  ]
}

/** The rows, those as they were before that show the same: they need not be drawn anew. Pure. */
export function keepRows(before: readonly Row[] | undefined, now: readonly Row[]): readonly Row[] {
  if (before === undefined) return now
  const known = new Map(before.map((row) => [row.key, row]))
  return now.map((row) => {
    const same = known.get(row.key)
    return same !== undefined && showsSame(same, row) ? same : row
  })
}

function showsSame(one: Row, other: Row): boolean {
  switch (one.type) {
    case 'item':
    case 'tool':
    case 'kept':
      return 'item' in other && one.type === other.type && one.item === other.item
    case 'tools':
      return other.type === 'tools' && sameMembers(one.items, other.items)
    case 'dropped':
      return (
        other.type === 'dropped' &&
        one.rows.length === other.rows.length &&
        one.rows.every((row, index) => showsSame(row, other.rows[index] ?? row))
      )
    case 'day':
      return other.type === 'day' && one.at === other.at
    case 'new':
      return other.type === 'new'
    default:
      return one satisfies never
  }
}

/** Items as rows: quiet tools that follow each other share one. */
export function groupItems(items: readonly TimelineItem[], timeline: Timeline): ItemRow[] {
  const rows: ItemRow[] = []
  for (const item of items) {
    if (isEmpty(item)) continue
    if (item.type !== 'tool') {
      rows.push({ type: 'item', key: item.id, item })
      continue
    }
    const last = rows.at(-1)
    if (!isQuiet(item, timeline)) rows.push({ type: 'tool', key: item.id, item })
    else if (last?.type === 'tools') last.items.push(item)
    else rows.push({ type: 'tools', key: `${GROUP_KEY}${item.id}`, items: [item] })
  }
  return rows
}

/** What Claude does not know of any more takes one row. */
function foldDropped(rows: readonly ItemRow[]): (ItemRow | DroppedRow)[] {
  const folded: (ItemRow | DroppedRow)[] = []
  for (const row of rows) {
    const last = folded.at(-1)
    if (itemsOf(row)[0]?.dropped !== true) folded.push(row)
    else if (last?.type !== 'dropped') folded.push({ type: 'dropped', key: `dropped:${row.key}`, rows: [row] })
    else folded[folded.length - 1] = { type: 'dropped', key: `dropped:${row.key}`, rows: [...last.rows, row] }
  }
  return folded
}

/** The items that a row shows. */
export function itemsOf(row: ItemRow): readonly TimelineItem[] {
  return row.type === 'tools' ? row.items : [row.item]
}

/**
 * A message stands where its run began, not inside the answer that it waited for; until then it waits in the queue,
 * which is shown beside the message box.
 */
function inRunOrder(timeline: Timeline): TimelineItem[] {
  const busy = activeRun(timeline) !== undefined
  const items: TimelineItem[] = []
  let later: { item: MessageItem; at: number }[] = []
  for (const item of timeline.items) {
    for (const waiting of later.filter(({ at }) => at <= item.seq)) items.push(waiting.item)
    later = later.filter(({ at }) => at > item.seq)
    const run = item.type === 'message' ? timeline.runs.get(item.commandId) : undefined
    if (item.type !== 'message' || run === undefined) items.push(item)
    else if (run.state.name === 'waiting' && busy) continue
    else if (run.startedSeq === undefined) items.push(item)
    else later.push({ item, at: run.startedSeq })
  }
  return [...items, ...later.map(({ item }) => item)]
}

function isQuiet(item: ToolItem, timeline: Timeline): boolean {
  const request = requestOf(timeline, item.toolUseId)
  // A decision is worth a line of its own.
  return request === undefined && groupKind(item, false) !== undefined
}

/** What a subagent did is shown inside its tool's row; with the row not loaded, at the top level. */
function isNested(item: TimelineItem, timeline: Timeline): boolean {
  const parent = 'parentToolUseId' in item ? item.parentToolUseId : undefined
  return parent !== undefined && timeline.positions.has(`tool:${parent}`)
}

/** A request about a tool that has a row is told by it; its outcome too, but for a permission's, which is a record. */
function isSaidByTool(item: TimelineItem, timeline: Timeline): boolean {
  return (
    item.type === 'request' && item.state.name === 'open' && timeline.positions.has(`tool:${item.request.toolUseId}`)
  )
}

function isEmpty(item: TimelineItem): boolean {
  return item.type === 'text' && item.text.trim() === ''
}

/** Days and what is new stand between the rows of items; nothing is held by them, because they move as more is loaded. */
export function isMark(key: string): boolean {
  return key === NEW_KEY || key.startsWith(DAY_KEY)
}

/**
 * The row that now stands for what once had this key: a group that was joined with an older one, or has lost an item to
 * a row of its own, has another. Undefined: nothing of it is loaded.
 */
export function rowOfKey(rows: readonly Row[], key: string, timeline: Timeline): string | undefined {
  const own = rows.find((row) => row.key === key)
  if (own !== undefined) return own.key
  return rowOfItem(rows, key.startsWith(GROUP_KEY) ? key.slice(GROUP_KEY.length) : key, timeline)
}

/** The row that shows an item: its own, its group's, or that of the subagent's tool. Undefined: none that is loaded. */
export function rowOfItem(rows: readonly Row[], itemId: string, timeline: Timeline): string | undefined {
  const own = rows.find(
    (row) =>
      row.key === itemId ||
      (row.type === 'tools' && row.items.some(({ id }) => id === itemId)) ||
      (row.type === 'dropped' && row.rows.flatMap(itemsOf).some(({ id }) => id === itemId)),
  )
  if (own !== undefined) return own.key
  const position = timeline.positions.get(itemId)
  const item = position === undefined ? undefined : timeline.items[position]
  if (item?.type === 'request' && item.request.toolUseId !== undefined)
    return rowOfItem(rows, `tool:${item.request.toolUseId}`, { ...timeline, positions: new Map() })
  const parent = item !== undefined && 'parentToolUseId' in item ? item.parentToolUseId : undefined
  return parent === undefined ? undefined : rows.find((row) => row.key === `tool:${parent}`)?.key
}

/** The next message of a person's own after a row, or the one before it. Undefined: there is none. */
export function messageFrom(rows: readonly Row[], key: string | undefined, by: 1 | -1): string | undefined {
  const here = rows.findIndex((row) => row.key === key)
  const own = (row: Row): boolean => row.type === 'item' && row.item.type === 'message'
  const found = by === 1 ? rows.slice(here + 1).find(own) : rows.slice(0, Math.max(0, here)).findLast(own)
  return found?.key
}

// --- Days and what is new -------------------------------------------------------------------------------------------

function withMarks(rows: readonly (ItemRow | DroppedRow)[], { now, newAfter }: RowMarks): Row[] {
  const marked: Row[] = []
  // Nothing is said of today alone.
  let day = rows[0] !== undefined && dayOf(startOf(rows[0]).at) === dayOf(now) ? dayOf(now) : 0
  let isNew = false
  for (const row of rows) {
    const { at, seq } = startOf(row)
    // The clocks of two machines differ a little: a line may be dated before the one above it.
    if (dayOf(at) > day) {
      day = dayOf(at)
      marked.push({ type: 'day', key: `${DAY_KEY}${day}`, at })
    }
    if (newAfter !== undefined && !isNew && seq > newAfter && marked.length > 0) {
      isNew = true
      marked.push({ type: 'new', key: NEW_KEY })
    }
    marked.push(row)
  }
  return marked
}

/** When the day of a moment began, as people here count days. */
function dayOf(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0)
}

function startOf(row: ItemRow | DroppedRow): { at: number; seq: number } {
  const first = row.type === 'dropped' ? row.rows[0] : row
  return (first === undefined ? undefined : itemsOf(first)[0]) ?? { at: 0, seq: 0 }
}

// --- News -----------------------------------------------------------------------------------------------------------

/** What a reader who looks away would call new: messages, requests and ends, not each tool. */
export function countNews(rows: readonly Row[]): number {
  return rows.filter((row) => row.type === 'kept' || (row.type === 'item' && NEWS.has(row.item.type))).length
}

const NEWS: ReadonlySet<TimelineItem['type']> = new Set(['message', 'text', 'request', 'run_end'])
