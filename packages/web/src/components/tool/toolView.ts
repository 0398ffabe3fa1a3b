import type { ToolItem } from '@farhand/shared'
import { toolDiff } from '../../format/diff.ts'
import type { ToolDetail } from '../preferences/preferences.ts'
import { toolTexts, type Verbs } from '../../texts/tools.ts'
import { definitionOf, type ToolBodyName, type ToolGroupKind, type ToolIconName } from './toolViews.ts'

export type ToolView = {
  icon: ToolIconName
  /** In the tense that fits the state. */
  verb: string
  target: string
  mono: boolean
  metric: string
  /** Lines that an edit adds and removes. */
  changes: { added: number; removed: number } | undefined
  body: ToolBodyName
}

const seen = new WeakMap<ToolItem, ToolView>()

/**
 * What a tool's row says. Pure; unknown tools and malformed inputs get the general form. `wish`: it was not let do anything,
 * as it waits for a person or was denied.
 */
export function viewTool(item: ToolItem, wish = item.decided?.behavior === 'deny'): ToolView {
  // A changed item is another object, so what was worked out for one holds as long as it lives.
  const known = wish ? undefined : seen.get(item)
  if (known !== undefined) return known
  const definition = definitionOf(item.tool)
  const verbs = typeof definition.verbs === 'function' ? definition.verbs(item) : definition.verbs
  const view = {
    icon: definition.icon,
    verb: wish ? verbs[0] : verbOf(item.state, verbs),
    target: definition.target?.(item) ?? '',
    mono: definition.mono ?? true,
    metric: item.result === undefined ? '' : (definition.metric?.(item) ?? ''),
    changes: definition.changes === true ? toolDiff(item) : undefined,
    body: definition.body,
  }
  if (!wish) seen.set(item, view)
  return view
}

function verbOf(state: ToolItem['state'], [, present, past]: Verbs): string {
  if (state === 'running') return present
  return state === 'lost' ? toolTexts.stoppedIn(present) : past
}

/** How a call counts in a group. Undefined: it stands alone, because it changed something, failed, or waits. */
export function groupKind(item: ToolItem, asked: boolean): ToolGroupKind | undefined {
  const quiet = item.state === 'done' || (item.state === 'running' && !asked)
  return quiet ? definitionOf(item.tool).group : undefined
}

/** A change of more lines than this is worth its first lines only. */
const SMALL_CHANGE_LINES = 40

/** Does its row open by itself? Changes and failures are what a reader looks for. */
export function opensByItself(item: ToolItem, view: ToolView, detail: ToolDetail): boolean {
  if (view.body === 'none' || detail === 'compact') return false
  if (item.state === 'failed') return view.body !== 'plan' && view.body !== 'question'
  if (item.state !== 'done') return false
  if (detail === 'everything') return true
  if (view.body === 'notebook') return true
  return view.body === 'edit' && view.changes !== undefined && !isCreated(view.changes)
}

/** A new file is all additions: its name says most of it. */
function isCreated({ added, removed }: { added: number; removed: number }): boolean {
  return removed === 0 && added > SMALL_CHANGE_LINES
}
