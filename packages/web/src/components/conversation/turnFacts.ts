import type { RunEndItem, TextItem, Timeline } from '@farhand/shared'
import { dollars } from '../../format/money.ts'
import { duration } from '../../format/time.ts'
import { conversationTexts as texts } from '../../texts/conversation.ts'
import { runFacts, type RunFacts } from '../run/runFacts.ts'

export type TurnFacts = Pick<RunFacts, 'tools' | 'failed' | 'denied' | 'added' | 'removed' | 'files'> & {
  /** The last thing that Claude said, if it said something. */
  answer: TextItem | undefined
}

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
  const items = timeline.items.filter((item) => item.commandId === commandId)
  const { tools, failed, denied, added, removed, files } = runFacts({ ...timeline, items })
  const answer = items.findLast((item) => item.type === 'text' && item.parentToolUseId === undefined)
  const isSaid = answer?.type === 'text' && answer.text !== ''
  return { tools, failed, denied, added, removed, files, answer: isSaid ? answer : undefined }
}

/** `42 s · 23 tools · +86 −12 in 5 files · $0.41`. Pure. */
export function turnLine({ tools, failed, denied, added, removed, files }: TurnFacts, { body }: RunEndItem): string {
  const { durationMs, costUsd } = body
  return [
    durationMs > 0 ? duration(durationMs) : '',
    tools > 0 ? texts.turn.tools(tools) : '',
    failed > 0 ? texts.turn.failed(failed) : '',
    denied > 0 ? texts.turn.denied(denied) : '',
    added + removed > 0 ? `+${added} −${removed} ${texts.turn.files(files)}` : '',
    costUsd === undefined || costUsd === 0 ? '' : dollars(costUsd),
  ]
    .filter((part) => part !== '')
    .join(' · ')
}
