import { activeRun, type Timeline, type TimelineItem } from '@farhand/shared'
import { ruleOf, suggestionText } from '../../format/request.ts'
import { requestOf } from '../conversation/timelineIndex.ts'
import { isHeldBack } from '../tool/toolState.ts'
import { viewTool } from '../tool/toolView.ts'
import { lastEnd } from './runPhase.ts'

/** What the runs of a session came to; of one that goes on, what is known so far. */
export type RunFacts = {
  /** Of the run at work, else of the last one. */
  startedAt: number | undefined
  endedAfterMs: number | undefined
  turns: number
  tools: number
  failed: number
  /** Of those that did not run because somebody said no. */
  denied: number
  added: number
  removed: number
  files: number
  tokensIn: number
  tokensOut: number
  costUsd: number
}

/** Pure. */
export function runFacts(timeline: Timeline): RunFacts {
  const active = activeRun(timeline)
  const facts: RunFacts = {
    startedAt: active === undefined ? undefined : 'since' in active.state ? active.state.since : active.acceptedAt,
    endedAfterMs: lastEnd(timeline)?.body.durationMs,
    ...{ turns: 0, tools: 0, failed: 0, denied: 0, added: 0, removed: 0, files: 0 },
    ...{ tokensIn: 0, tokensOut: 0, costUsd: 0 },
  }
  const files = new Set<string>()
  for (const item of timeline.items) {
    addTool(facts, files, item, timeline)
    if (item.type !== 'run_end') continue
    const { turns, usage, costUsd } = item.body
    facts.turns += turns ?? 0
    facts.costUsd += costUsd ?? 0
    facts.tokensIn += (usage?.inputTokens ?? 0) + (usage?.cacheReadTokens ?? 0) + (usage?.cacheCreationTokens ?? 0)
    facts.tokensOut += usage?.outputTokens ?? 0
  }
  return { ...facts, files: files.size }
}

function addTool(facts: RunFacts, files: Set<string>, item: TimelineItem, timeline: Timeline): void {
  if (item.type !== 'tool') return
  facts.tools += 1
  if (item.state === 'failed') {
    if (isHeldBack(item, requestOf(timeline, item.toolUseId))) facts.denied += 1
    else facts.failed += 1
  }
  const { changes, target } = viewTool(item)
  if (changes === undefined || item.state !== 'done') return
  facts.added += changes.added
  facts.removed += changes.removed
  files.add(target)
}

export type BackgroundTask = {
  id: string
  text: string
  startedAt: number
  endedAt: number | undefined
  failed: boolean
}

/** Work that goes on beside the conversation, as Claude Code tells of it: its beginning and its end. Pure. */
export function backgroundTasks(timeline: Timeline): BackgroundTask[] {
  const tasks = new Map<string, BackgroundTask>()
  for (const item of timeline.items) {
    if (item.type !== 'notice' || item.notice.type !== 'background_task') continue
    const { taskId, message, level } = item.notice
    const id = typeof taskId === 'string' ? taskId : item.id
    const text = message.replace(/^Background work (?:started|ended):? ?/, '')
    const known = tasks.get(id)
    if (known === undefined)
      tasks.set(id, { id, text: text || message, startedAt: item.at, endedAt: undefined, failed: false })
    else tasks.set(id, { ...known, endedAt: item.at, failed: level !== 'info' })
  }
  return [...tasks.values()]
}

export type Allowance = { id: string; rule: string; by: string; always: boolean }

/** What was allowed for longer than once, newest first. Pure. */
export function allowances(timeline: Timeline): Allowance[] {
  return timeline.items.toReversed().flatMap((item) => {
    if (item.type !== 'request' || item.state.name !== 'resolved') return []
    const { resolution, by } = item.state
    const { scope } = resolution
    if (resolution.outcome !== 'applied' || resolution.behavior !== 'allow') return []
    if (scope !== 'session' && scope !== 'always') return []
    const rule = resolution.rule ?? ruleOf(item.request) ?? suggestionText(item.request).join(', ')
    return [{ id: item.id, rule, by: by?.device ?? by?.name ?? '', always: scope === 'always' }]
  })
}

/** What the account has used of a limit, as it was last told. Undefined: nothing was told. Pure. */
export function lastLimit(timeline: Timeline): { message: string; resetsAt: number | undefined } | undefined {
  const item = timeline.items.findLast((one) => one.type === 'notice' && one.notice.type === 'rate_limit')
  if (item?.type !== 'notice') return undefined
  const { message, resetsAt } = item.notice
  return { message, resetsAt: typeof resetsAt === 'number' ? resetsAt : undefined }
}
