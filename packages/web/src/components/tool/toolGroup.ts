import type { ToolItem } from '@farhand/shared'
import { plural } from '../../format/text.ts'
import { duration } from '../../format/time.ts'
import { definitionOf, type ToolGroupKind } from './toolViews.ts'

const WORDS: Record<ToolGroupKind, [one: string, many: string]> = {
  read: ['read', 'reads'],
  search: ['search', 'searches'],
  page: ['page', 'pages'],
}
const SHOW_ELAPSED_MS = 1_000

/** `9 reads, 4 searches`. Pure. */
export function groupSummary(items: readonly ToolItem[]): string {
  const counts = new Map<ToolGroupKind, number>()
  for (const { tool } of items) {
    const kind = definitionOf(tool).group
    if (kind !== undefined) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  }
  return [...counts].map(([kind, count]) => plural(count, ...WORDS[kind])).join(', ')
}

/** From the first one's beginning to the last one's end. */
export function groupElapsed(items: readonly ToolItem[]): string {
  const start = Math.min(...items.map((item) => item.at))
  const end = Math.max(...items.map((item) => item.endedAt ?? item.at))
  return end - start < SHOW_ELAPSED_MS ? '' : duration(end - start)
}
