import { activeRun, isOver, type RunEndItem, type Timeline } from '@farhand/shared'
import { runTexts } from '../../texts/run.ts'

export type RunTone = 'idle' | 'run' | 'need' | 'fail' | 'done'
/** What Claude is doing, in one or two words. `live`: a run goes on. */
export type RunPhase = { text: string; tone: RunTone; live: boolean }

const { badge } = runTexts

/** From the log alone, so that every reader says the same of it. Pure. */
export function runPhase(timeline: Timeline, at: { connected: boolean; online: boolean }): RunPhase {
  const run = activeRun(timeline)
  if (run === undefined) return restingPhase(timeline)
  if (!at.connected) return { text: badge.unknown, tone: 'idle', live: true }
  if (!at.online) return { text: badge.disconnected, tone: 'need', live: true }
  if (run.state.name === 'stopping') return { text: badge.stopping, tone: 'run', live: true }
  if (timeline.openRequests.length > 0) return { text: badge.waiting, tone: 'need', live: true }
  return { ...workingPhase(timeline, run.commandId), live: true }
}

function workingPhase(timeline: Timeline, commandId: string): Pick<RunPhase, 'text' | 'tone'> {
  const tool = timeline.items.findLast((item) => item.type === 'tool' && item.state === 'running')
  // What waits in line was said, and nothing is done about it yet.
  const last = timeline.items.findLast((item) => item.type !== 'message' || item.commandId === commandId)
  if (last?.type === 'notice') {
    const { notice } = last
    if (notice.type === 'api_retry') return { text: badge.retrying(attemptOf(notice)), tone: 'need' }
    if (notice.type === 'compacting') return { text: badge.compacting, tone: 'run' }
  }
  if (tool?.type === 'tool') return { text: badge.tool(tool.tool), tone: 'run' }
  if (last?.type === 'thinking' && !last.done) return { text: badge.thinking, tone: 'run' }
  if (last?.type === 'text' && !last.done) return { text: badge.writing, tone: 'run' }
  return { text: last?.type === 'message' ? badge.starting : badge.thinking, tone: 'run' }
}

function attemptOf(notice: Record<string, unknown>): string {
  const { attempt, maxRetries } = notice
  return typeof attempt === 'number' && typeof maxRetries === 'number' ? `${attempt} of ${maxRetries}` : ''
}

function restingPhase(timeline: Timeline): RunPhase {
  if ([...timeline.runs.values()].some((run) => !isOver(run.state)))
    return { text: badge.queued, tone: 'idle', live: false }
  const end = lastEnd(timeline)
  if (end === undefined) return { text: badge.idle, tone: 'idle', live: false }
  if (end.status === 'complete') return { text: badge.finished, tone: 'done', live: false }
  return end.code === 'CANCELLED'
    ? { text: badge.stopped, tone: 'idle', live: false }
    : { text: badge.failed, tone: 'fail', live: false }
}

export function lastEnd(timeline: Timeline): RunEndItem | undefined {
  const item = timeline.items.findLast((one) => one.type === 'run_end')
  return item?.type === 'run_end' ? item : undefined
}
