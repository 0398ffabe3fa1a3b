import type { RunEndItem, Timeline } from '@farhand/shared'
import { dollars } from '../../format/money.ts'
import { duration } from '../../format/time.ts'
import { conversationTexts as texts } from '../../texts/conversation.ts'
import { viewTool } from '../tool/toolView.ts'

export type TurnFacts = { tools: number; failed: number; added: number; removed: number; files: number; answer: string }

const known = new WeakMap<RunEndItem, TurnFacts>()

/** What a run came to. A run that is over does not change, so it is worked out once. */
export function turnFacts(timeline: Timeline, end: RunEndItem): TurnFacts {
  const before = known.get(end)
  if (before !== undefined) return before
  const facts = countTurn(timeline, end.commandId)
  known.set(end, facts)
  return facts
}

function countTurn(timeline: Timeline, commandId: string): TurnFacts {
  const files = new Set<string>()
  const texts: string[] = []
  const facts = { tools: 0, failed: 0, added: 0, removed: 0 }
  for (const item of timeline.items) {
    if (item.commandId !== commandId) continue
    if (item.type === 'text' && item.parentToolUseId === undefined) texts.push(item.text)
    if (item.type !== 'tool') continue
    facts.tools += 1
    if (item.state === 'failed') facts.failed += 1
    const view = viewTool(item)
    if (view.changes === undefined || item.state !== 'done') continue
    facts.added += view.changes.added
    facts.removed += view.changes.removed
    files.add(view.target)
  }
  return { ...facts, files: files.size, answer: texts.at(-1) ?? '' }
}

/** `42 s · 23 tools · +86 −12 in 5 files · $0.41`. Pure. */
export function turnLine({ tools, failed, added, removed, files }: TurnFacts, { body }: RunEndItem): string {
  const { durationMs, costUsd } = body
  return [
    durationMs > 0 ? duration(durationMs) : '',
    tools > 0 ? texts.turn.tools(tools) : '',
    failed > 0 ? texts.turn.failed(failed) : '',
    added + removed > 0 ? `+${added} −${removed} ${texts.turn.files(files)}` : '',
    costUsd === undefined || costUsd === 0 ? '' : dollars(costUsd),
  ]
    .filter((part) => part !== '')
    .join(' · ')
}
