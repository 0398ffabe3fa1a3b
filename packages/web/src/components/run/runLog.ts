import type { DecidedBody, Timeline, TimelineItem, ToolState } from '@farhand/shared'
import { decidedOn, outcomeOf, requestTitle, standInText } from '../../format/request.ts'
import { runTexts } from '../../texts/run.ts'
import { firstLine, shortenPath } from '../../format/text.ts'
import { duration, preciseTime } from '../../format/time.ts'
import { requestOf } from '../conversation/timelineIndex.ts'
import { noticeView } from '../message/noticeView.ts'
import { isHeldBack } from '../tool/toolState.ts'
import { viewTool } from '../tool/toolView.ts'
import type { RunTone } from './runPhase.ts'

export const LOG_FILTERS = ['all', 'tools', 'decisions', 'errors'] as const
export type LogFilter = (typeof LOG_FILTERS)[number]

/** One line of a session's log for people. `item` is where it stands in the conversation. */
export type LogLine = {
  id: string
  item: string
  at: number
  kind: 'message' | 'run' | 'tool' | 'decision' | 'notice'
  tone: RunTone
  text: string
  durationMs?: number
}

const { lines: words } = runTexts
const SAID_CHARACTERS = 80
const TOOL_TONES: Record<ToolState, RunTone> = { running: 'run', done: 'done', failed: 'fail', lost: 'idle' }

/** What was not let do anything has not failed. */
const toneOf = (state: ToolState, heldBack: boolean): RunTone =>
  heldBack && state === 'failed' ? 'idle' : TOOL_TONES[state]

/** What happened, oldest first: messages, runs, tools, decisions and notices, nothing that streams. Pure. */
export function runLog(timeline: Timeline): LogLine[] {
  const lines = timeline.items.flatMap((item) => {
    const heldBack = item.type === 'tool' && isHeldBack(item, requestOf(timeline, item.toolUseId))
    return knownLinesOf(item, { directory: timeline.effective.cwd, heldBack })
  })
  // What took its time is told when it began; ends and outcomes stand where they came.
  return lines.toSorted((a, b) => a.at - b.at)
}

/** What a line tells beside its item. `heldBack`: its tool was not let do anything. */
type Around = { directory: string | undefined; heldBack: boolean }
const known = new WeakMap<TimelineItem, Around & { lines: LogLine[] }>()

/** A changed item is another object, so what was worked out for one holds as long as it lives. */
function knownLinesOf(item: TimelineItem, around: Around): LogLine[] {
  const before = known.get(item)
  if (before !== undefined && before.directory === around.directory && before.heldBack === around.heldBack)
    return before.lines
  const lines = linesOf(item, around)
  known.set(item, { ...around, lines })
  return lines
}

function linesOf(item: TimelineItem, { directory, heldBack }: Around): LogLine[] {
  const line = { id: item.id, item: item.id, at: item.at }
  switch (item.type) {
    case 'message': {
      const text = words.message(item.author?.device ?? '', firstLine(item.text, SAID_CHARACTERS))
      return [{ ...line, kind: 'message', tone: 'idle', text }]
    }
    case 'tool': {
      const { verb, target, mono } = viewTool(item, heldBack)
      const durationMs = item.endedAt === undefined ? {} : { durationMs: item.endedAt - item.at }
      const text = `${verb}${mono || target === '' ? '' : ':'} ${shortenPath(target, directory)}`.trim()
      const ran: LogLine = { ...line, kind: 'tool', tone: toneOf(item.state, heldBack), text, ...durationMs }
      return item.decided === undefined ? [ran] : [{ ...line, ...decisionOf(item, item.decided) }, ran]
    }
    case 'request': {
      const asked: LogLine = { ...line, kind: 'decision', tone: 'need', text: words.asked(requestTitle(item.request)) }
      const outcome = outcomeOf(item)
      if (outcome === undefined) return [asked]
      const { at, text, applied } = outcome
      const tone = applied === undefined || decidedOn(item.state) === 'deny' ? 'idle' : 'done'
      return [asked, { ...asked, id: `${item.id}:outcome`, at, tone, text, durationMs: at - item.at }]
    }
    case 'notice':
      return [
        {
          ...line,
          kind: 'notice',
          tone: item.notice.level === 'error' ? 'fail' : item.notice.level === 'warning' ? 'need' : 'idle',
          text: noticeView(item).text,
        },
      ]
    case 'run_end':
      return [{ ...line, kind: 'run', durationMs: item.body.durationMs, ...endOf(item) }]
    case 'unknown':
      return [{ ...line, kind: 'notice', tone: 'idle', text: words.unknown(item.kind) }]
    case 'text':
    case 'thinking':
      return []
    default:
      return item satisfies never
  }
}

/** Nobody was asked. */
function decisionOf({ id, at }: TimelineItem, decided: DecidedBody): Pick<LogLine, 'id' | 'kind' | 'tone' | 'text'> {
  const tone = decided.behavior === 'allow' ? 'done' : 'fail'
  return { id: `${id}:decided`, kind: 'decision', tone, text: standInText(decided, at) }
}

function endOf(item: Extract<TimelineItem, { type: 'run_end' }>): { tone: RunTone; text: string } {
  if (item.status === 'complete') return { tone: 'done', text: words.finished }
  if (item.code === 'CANCELLED') return { tone: 'idle', text: words.stopped }
  return { tone: 'fail', text: words.failed(item.body.error?.message ?? item.code ?? '') }
}

/** The lines of a kind that hold a text. Pure. */
export function filterLog(lines: readonly LogLine[], filter: LogFilter, text: string): LogLine[] {
  const wanted = text.trim().toLowerCase()
  return lines.filter((line) => isOfFilter(line, filter) && line.text.toLowerCase().includes(wanted))
}

function isOfFilter(line: LogLine, filter: LogFilter): boolean {
  switch (filter) {
    case 'all':
      return true
    case 'tools':
      return line.kind === 'tool'
    case 'decisions':
      return line.kind === 'decision'
    case 'errors':
      return line.tone === 'fail'
    default:
      return filter satisfies never
  }
}

/** One line each, for people. Pure. */
export function logText(lines: readonly LogLine[]): string {
  return lines
    .map(({ at, text, durationMs }) => {
      const took = durationMs === undefined ? '' : ` (${duration(durationMs)})`
      return `${new Date(at).toLocaleDateString('sv')} ${preciseTime(at)}  ${text}${took}\n`
    })
    .join('')
}

/** One JSON document per line, for other programs. Pure. */
export function logFile(lines: readonly LogLine[]): string {
  return lines
    .map(({ at, kind, text, durationMs }) => JSON.stringify({ at: new Date(at).toISOString(), kind, text, durationMs }))
    .map((line) => `${line}\n`)
    .join('')
}
