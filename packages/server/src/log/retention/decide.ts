import type { RetentionRule, SessionSummary } from '@farhand/shared'
import type { LogSize, RuleRecord, StopReason } from './store.ts'

const DAY_MS = 24 * 60 * 60 * 1000
/** What will be deleted is said so long before. */
export const NOTICE_MS = 7 * DAY_MS
/** A project that is too large keeps what was used so lately, however large that is. */
const FRESH_MS = DAY_MS
/** What would go is named from this part of the limit on. */
const NOTICE_SHARE = 0.9

export type WeighedSession = SessionSummary & LogSize
export type DueSession = WeighedSession & { why: 'age' | 'size' }

/**
 * The sessions of one project that a rule deletes now, in the order in which they go: those that are too old, and then, where
 * the rest is too large, archived ones and the oldest. Never one that is pinned, or in which something runs or waits. Pure.
 */
export function decideRetention(
  sessions: readonly WeighedSession[],
  { maxAgeDays, maxBytes }: RetentionRule,
  now: number,
): DueSession[] {
  const free = sessions.filter(isOver).toSorted((a, b) => a.updatedAt - b.updatedAt)
  const tooOld = (one: SessionSummary): boolean =>
    maxAgeDays !== undefined && one.updatedAt <= now - maxAgeDays * DAY_MS
  const old = free.filter(tooOld).map((one): DueSession => ({ ...one, why: 'age' }))
  if (maxBytes === undefined) return old
  let left = bytesOf(sessions) - bytesOf(old)
  const stale = free.filter((one) => !tooOld(one) && one.updatedAt <= now - FRESH_MS)
  const large: DueSession[] = []
  for (const one of stale.toSorted((a, b) => Number(b.archived) - Number(a.archived))) {
    if (left <= maxBytes) break
    left -= one.bytes
    large.push({ ...one, why: 'size' })
  }
  return [...old, ...large]
}

/** What will be due within a week if nothing happens, or when the project has grown a little: said beforehand. */
export function decideNotice(
  sessions: readonly WeighedSession[],
  { maxAgeDays, maxBytes }: RetentionRule,
  now: number,
): DueSession[] {
  const sooner = {
    ...(maxAgeDays === undefined ? {} : { maxAgeDays }),
    ...(maxBytes === undefined ? {} : { maxBytes: Math.floor(maxBytes * NOTICE_SHARE) }),
  }
  const due = new Set(decideRetention(sessions, { maxAgeDays, maxBytes }, now).map(({ sessionId }) => sessionId))
  return decideRetention(sessions, sooner, now + NOTICE_MS).filter(({ sessionId }) => !due.has(sessionId))
}

/**
 * Whether a rule may be acted on. It stops for a person where time has passed, or gone back, by more than the notice since it
 * was last acted on: by a clock that leapt, everything would be old at once, and nobody could have seen it coming. It stops as
 * well on a log that was put back, with rules that may have been taken away since. Pure.
 */
export function decideRound(
  rule: Pick<RuleRecord, 'stopped' | 'logEpoch' | 'checkedAt'>,
  { now, logEpoch }: { now: number; logEpoch: string },
): { go: true } | { go: false; stopped: StopReason } {
  if (rule.stopped !== undefined) return { go: false, stopped: rule.stopped }
  if (rule.logEpoch !== logEpoch) return { go: false, stopped: 'log' }
  return Math.abs(now - rule.checkedAt) > NOTICE_MS ? { go: false, stopped: 'clock' } : { go: true }
}

function isOver({ running, attention, pinned }: SessionSummary): boolean {
  return running === 0 && attention === 0 && !pinned
}

export function bytesOf(sessions: readonly LogSize[]): number {
  return sessions.reduce((sum, { bytes }) => sum + bytes, 0)
}
