import { describe, expect, test } from 'vitest'
import { decideNotice, decideRetention, decideRound, type WeighedSession } from './decide.ts'
import { sliceLogs } from './weigh.ts'

const DAY = 24 * 60 * 60 * 1000
const NOW = 1_000 * DAY

function session(sessionId: string, daysAgo: number, part: Partial<WeighedSession> = {}): WeighedSession {
  const updatedAt = NOW - daysAgo * DAY
  const state = { running: 0, attention: 0, archived: false, pinned: false, readUpTo: 0, createdAt: 0 }
  return { sessionId, projectId: 'p', head: 10, updatedAt, entries: 10, bytes: 10, ...state, ...part }
}
const idsOf = (sessions: readonly { sessionId: string }[]) => sessions.map(({ sessionId }) => sessionId)

describe('what a rule deletes', () => {
  const sessions = [session('new', 0.5), session('a', 40), session('b', 31), session('c', 25), session('d', 5)]

  test('nothing without a limit', () => {
    expect(decideRetention(sessions, {}, NOW)).toEqual([])
    expect(decideNotice(sessions, {}, NOW)).toEqual([])
  })

  test('by age: the oldest first; the next ones are named a week before', () => {
    expect(idsOf(decideRetention(sessions, { maxAgeDays: 30 }, NOW))).toEqual(['a', 'b'])
    expect(idsOf(decideNotice(sessions, { maxAgeDays: 30 }, NOW))).toEqual(['c'])
  })

  test('never what is pinned, runs or waits for somebody', () => {
    const kept = [
      session('p', 90, { pinned: true }),
      session('r', 90, { running: 1 }),
      session('w', 90, { attention: 1 }),
    ]
    expect(decideRetention(kept, { maxAgeDays: 1, maxBytes: 1 }, NOW)).toEqual([])
  })

  test('by size: archived ones first, then the oldest, until it fits; nothing of the last day', () => {
    const some = [
      ...sessions,
      session('old-pinned', 99, { pinned: true, bytes: 50 }),
      session('z', 3, { archived: true }),
    ]
    expect(idsOf(decideRetention(some, { maxBytes: 110 }, NOW))).toEqual([])
    expect(idsOf(decideNotice(some, { maxBytes: 110 }, NOW))).toEqual(['z', 'a'])
    expect(idsOf(decideRetention(some, { maxBytes: 75 }, NOW))).toEqual(['z', 'a', 'b', 'c'])
    expect(idsOf(decideRetention(some, { maxBytes: 1 }, NOW))).toEqual(['z', 'a', 'b', 'c', 'd'])
  })

  test('by both: what is too old makes room first', () => {
    const due = decideRetention(sessions, { maxAgeDays: 30, maxBytes: 25 }, NOW)
    expect(due.map(({ sessionId, why }) => `${sessionId} ${why}`)).toEqual(['a age', 'b age', 'c size'])
  })
})

describe('whether a rule is acted on', () => {
  const rule = { stopped: undefined, logEpoch: 'log', checkedAt: NOW }

  test('as long as the clock goes on, in steps that could be seen coming', () => {
    expect(decideRound(rule, { now: NOW + 7 * DAY, logEpoch: 'log' })).toEqual({ go: true })
    for (const leap of [365 * DAY, 8 * DAY, -8 * DAY]) {
      expect(decideRound(rule, { now: NOW + leap, logEpoch: 'log' })).toEqual({ go: false, stopped: 'clock' })
    }
  })

  test('not on a log that was put back, and not again by itself', () => {
    expect(decideRound(rule, { now: NOW, logEpoch: 'other' })).toEqual({ go: false, stopped: 'log' })
    expect(decideRound({ ...rule, stopped: 'clock' }, { now: NOW, logEpoch: 'log' })).toMatchObject({ go: false })
  })
})

test('logs are cut into slices of a size, and each entry is in one', () => {
  const heads = [5, 0, 23, 2]
  const logs = heads.map((head, index) => ({ sessionId: String(index), head }))
  const slices = sliceLogs(logs, 10)
  const sizes = slices.map((slice) => slice.reduce((sum, { after, upTo }) => sum + upTo - after, 0))
  expect(sizes).toEqual([10, 10, 10])
  expect(slices.flat().filter(({ sessionId }) => sessionId === '2')).toEqual([
    { sessionId: '2', after: 0, upTo: 5 },
    { sessionId: '2', after: 5, upTo: 15 },
    { sessionId: '2', after: 15, upTo: 23 },
  ])
})
