import type { Timeline } from '@farhand/shared'

/** How full the conversation is. `full`: little is left. */
export type ContextFill = { tokens: number; window: number; percent: number; full: boolean }

const FULL_PERCENT = 80

/** As the last run told it. Undefined where nothing has, and after a compaction until the next run says it: it is never guessed. Pure. */
export function contextFill({ items }: Pick<Timeline, 'items'>): ContextFill | undefined {
  const last = items.findLast(
    (item) => (item.type === 'run_end' && item.body.context !== undefined) || isForgetting(item),
  )
  if (last?.type !== 'run_end' || last.body.context === undefined) return undefined
  const { tokens, window } = last.body.context
  const percent = Math.min(100, Math.round((tokens / window) * 100))
  return { tokens, window, percent, full: percent >= FULL_PERCENT }
}

/** From here on Claude knows less than before. */
function isForgetting(item: Timeline['items'][number]): boolean {
  return item.type === 'notice' && (item.notice.type === 'compacted' || item.notice.type === 'rewound')
}
