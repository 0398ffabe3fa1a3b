import { isOver, type Timeline, type TimelineItem, type ToolItem } from '@farhand/shared'
import type { OutboxItem } from '../../stores/outboxStore.ts'
import { viewTool } from '../tool/toolView.ts'

/** So many quiet tools in a row are folded into one line. */
const FOLDED_TOOLS = 3

/** One line of the conversation as it is drawn. `key` stays the same while the line's content changes. */
export type Row =
  | { type: 'item'; key: string; item: Exclude<TimelineItem, ToolItem> }
  | { type: 'tool'; key: string; item: ToolItem }
  /** Quiet tools that followed each other, all finished. */
  | { type: 'tools'; key: string; items: ToolItem[] }
  /** Typed here and not in the log yet. Its key is that of the entry to come. */
  | { type: 'kept'; key: string; item: OutboxItem }

/** What is drawn at the top level of a conversation, in order. Pure. */
export function rowsOf(timeline: Timeline, kept: readonly OutboxItem[]): Row[] {
  const rows: Row[] = []
  let quiet: ToolItem[] = []
  const endQuiet = (): void => {
    const [first] = quiet
    if (first !== undefined && quiet.length >= FOLDED_TOOLS)
      rows.push({ type: 'tools', key: `tools:${first.id}`, items: quiet })
    else rows.push(...quiet.map((item): Row => ({ type: 'tool', key: item.id, item })))
    quiet = []
  }
  for (const item of timeline.items) {
    if (isNested(item, timeline) || isEmpty(item) || isSaidByTool(item, timeline)) continue
    if (item.type === 'tool' && item.state === 'done' && viewTool(item).quiet) {
      quiet.push(item)
      continue
    }
    endQuiet()
    rows.push(item.type === 'tool' ? { type: 'tool', key: item.id, item } : { type: 'item', key: item.id, item })
  }
  endQuiet()
  const inLog = new Set(timeline.runs.keys())
  return [
    ...rows,
    ...kept
      .filter((item) => !inLog.has(item.commandId))
      .map((item): Row => ({ type: 'kept', key: item.commandId, item })),
  ]
}

/** What a subagent did is shown inside its tool's row; with the row not loaded, at the top level. */
function isNested(item: TimelineItem, timeline: Timeline): boolean {
  const parent = 'parentToolUseId' in item ? item.parentToolUseId : undefined
  return parent !== undefined && timeline.positions.has(`tool:${parent}`)
}

/** An open request is told by the row of the tool that waits for it. */
function isSaidByTool(item: TimelineItem, timeline: Timeline): boolean {
  return (
    item.type === 'request' && item.state.name === 'open' && timeline.positions.has(`tool:${item.request.toolUseId}`)
  )
}

function isEmpty(item: TimelineItem): boolean {
  return item.type === 'text' && item.text.trim() === ''
}

/** What a reader who looks away would call new: messages, requests and ends, not each tool. */
export function countNews(rows: readonly Row[]): number {
  return rows.filter((row) => row.type === 'kept' || (row.type === 'item' && NEWS.has(row.item.type))).length
}

const NEWS: ReadonlySet<TimelineItem['type']> = new Set(['message', 'text', 'request', 'run_end'])

/** The run that Claude works on, if any: the first that is neither waiting nor over. */
export function activeRun(timeline: Timeline) {
  return [...timeline.runs.values()].find((run) => run.state.name === 'running' || run.state.name === 'stopping')
}

/** The command that Stop ends: the one at work, else the oldest that waits. */
export function stoppableCommand(timeline: Timeline): string | undefined {
  const open = [...timeline.runs.values()].filter((run) => !isOver(run.state))
  return (activeRun(timeline) ?? open[0])?.commandId
}
