import { NOTHING_COUNTED, addCounted, type AgentResult, type Counted } from '@farhand/shared'
import { dollars } from '../../format/money.ts'
import { duration, wholeDuration } from '../../format/time.ts'
import { usageTexts as texts } from '../../texts/usage.ts'
import { compact } from '../tool/toolViews.ts'

type Usage = AgentResult<'usage.list'>
/** As it stands in the table; undefined is not known. */
export type DayRow = {
  day: string
  runs: string | undefined
  read: string | undefined
  written: string | undefined
  cached: string | undefined
  cost: string
}
export type SessionRow = { sessionId: string; cost: string; facts: string }

/** The newest day first. Pure. */
export function dayRows({ days, today }: Usage): DayRow[] {
  return days.toReversed().map((each) => row(each.day === today.day ? texts.today : dayLabel(each.day), each))
}

/** Of all days that are told; where one of them is not counted, neither is the whole. Pure. */
export function totalRow({ days }: Usage): DayRow {
  const costUsd = days.reduce((sum, each) => sum + each.costUsd, 0)
  const counted = days.flatMap((each) => each.counted ?? [])
  const isWhole = counted.length === days.length
  const total = isWhole ? counted.reduce(addCounted, NOTHING_COUNTED) : undefined
  return row(texts.total(days.length), { costUsd, counted: total })
}

function row(day: string, { costUsd, counted }: { costUsd: number; counted?: Counted | undefined }): DayRow {
  const told = counted === undefined ? undefined : tokens(counted)
  return {
    day,
    runs: counted === undefined ? undefined : String(counted.runs),
    read: told?.read,
    written: told?.written,
    cached: told?.cached,
    cost: dollars(costUsd),
  }
}

/** An agent that tells no tokens has counted none, which is not the same as zero. */
function tokens(counted: Counted): { read: string; written: string; cached: string } | undefined {
  const { inputTokens, outputTokens, cacheReadTokens, cacheCreationTokens } = counted
  if (inputTokens + outputTokens + cacheReadTokens + cacheCreationTokens === 0) return undefined
  return {
    read: compact(inputTokens),
    written: compact(outputTokens),
    cached: compact(cacheReadTokens + cacheCreationTokens),
  }
}

/** The one that is open comes first, then those that cost most. Pure. */
export function sessionRows({ sessions }: Usage, here: string | undefined): SessionRow[] {
  return sessions
    .toSorted((a, b) => Number(b.sessionId === here) - Number(a.sessionId === here))
    .map(({ sessionId, costUsd, turns, ms, counted }) => {
      const told = counted === undefined ? undefined : tokens(counted)
      const facts = [
        counted === undefined ? texts.turns(turns) : texts.runs(counted.runs),
        told === undefined ? '' : texts.tokens(told.read, told.written, told.cached),
        ms === 0 ? '' : texts.working(duration(ms)),
      ]
      return { sessionId, cost: dollars(costUsd), facts: facts.filter((fact) => fact !== '').join(' · ') }
    })
}

/** What may be used before somebody is asked, in sentences. Pure. */
export function limitLines({ limits, today }: Usage): string[] {
  const { sessionUsd, sessionTurns, sessionMs, projectUsdPerDay } = limits
  const session = [
    sessionUsd === undefined ? '' : dollars(sessionUsd),
    sessionTurns === undefined ? '' : texts.turns(sessionTurns),
    sessionMs === undefined ? '' : wholeDuration(sessionMs),
  ].filter((limit) => limit !== '')
  return [
    ...(projectUsdPerDay === undefined
      ? []
      : [texts.limitDay(dollars(today.costUsd), dollars(projectUsdPerDay * (1 + today.raised)))]),
    ...(session.length === 0 ? [] : [texts.limitSession(session.join(', '))]),
  ]
}

/** What the numbers leave out. Pure. */
export function notes({ days, sessions, truncated }: Usage): string[] {
  const all = [...days, ...sessions]
  const untold = days.reduce((sum, { counted }) => sum + (counted?.untold ?? 0), 0)
  return [
    texts.notes.tokens,
    texts.notes.days,
    ...(all.some(({ counted }) => counted === undefined) ? [texts.notes.uncounted] : []),
    ...(untold === 0 ? [] : [texts.notes.untold(untold)]),
    ...(truncated ? [texts.notes.truncated(sessions.length)] : []),
  ]
}

/** `18 Aug`: all days of the list are of the last month. */
function dayLabel(day: string): string {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number)
  return new Date(year, month - 1, date).toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })
}
