// @vitest-environment node
import { isNewsOver, LONG_RUN_MS, type SessionSummary } from '@farhand/shared'
import { expect, test } from 'vitest'
import { followSession, mayTell, type Followed } from './notifyRules.ts'

const BEGUN = 1_000_000
const session = (part: Partial<SessionSummary> = {}): SessionSummary => ({
  ...{ sessionId: 's', projectId: 'p', head: 5, running: 0, attention: 0, archived: false, pinned: false, readUpTo: 2 },
  ...{ createdAt: 0, updatedAt: BEGUN + 10 },
  ...part,
})
/** What is known after these summaries, a second apart. */
function after(...summaries: SessionSummary[]): Followed {
  let followed: Followed | undefined
  summaries.forEach((one, index) => {
    followed = followSession(followed, one, { now: BEGUN + 1_000 * index, begunAt: BEGUN })
  })
  return followed ?? { head: 0, attention: 0, running: 0, runningSince: undefined, news: undefined }
}
const runs = session({ running: 1 })
const asks = session({ running: 1, attention: 1, head: 6 })
const failed = session({ lastStatus: 'error', lastCode: 'CLAUDE_EXIT', head: 7 })

test('a request and a failure are news, once; what was there when the page came is not', () => {
  expect(after(runs, asks).news).toEqual({ kind: 'need', seq: 6 })
  const first = after(runs, asks)
  expect(followSession(first, { ...asks, head: 8 }, { now: BEGUN, begunAt: BEGUN }).news).toBe(first.news)
  expect(after(runs, failed).news).toEqual({ kind: 'failed', seq: 7 })
  expect(after(asks).news).toBeUndefined()
  expect(after(failed).news).toBeUndefined()
})

test('what the device kept from an earlier visit makes nothing news that is older than this one', () => {
  expect(after(session({ updatedAt: 5 }), { ...asks, updatedAt: BEGUN - 1 }).news).toBeUndefined()
})

test('a session that was begun elsewhere meanwhile counts from its beginning', () => {
  expect(after({ ...asks, createdAt: BEGUN + 1 }).news).toEqual({ kind: 'need', seq: 6 })
})

test('the end is news after a long run only, and a run that a person stopped is none', () => {
  const done = session({ lastStatus: 'complete', head: 9 })
  const since = (ms: number) =>
    followSession(followSession(undefined, runs, { now: BEGUN, begunAt: BEGUN }), done, {
      now: BEGUN + ms,
      begunAt: BEGUN,
    }).news
  expect(since(LONG_RUN_MS)).toEqual({ kind: 'finished', seq: 9 })
  expect(since(LONG_RUN_MS - 1)).toBeUndefined()
  expect(after(runs, session({ lastStatus: 'error', lastCode: 'CANCELLED' })).news).toBeUndefined()
})

test('a run of several that fails is news while the next one runs', () => {
  expect(after(session({ running: 2 }), { ...failed, running: 1 }).news).toEqual({ kind: 'failed', seq: 7 })
})

test('what was answered, read anywhere, or put away is over', () => {
  const need = { kind: 'need', seq: 6 } as const
  expect(isNewsOver(need, asks)).toBe(false)
  expect(isNewsOver(need, { ...asks, attention: 0 })).toBe(true)
  expect(isNewsOver(need, { ...asks, readUpTo: 6 })).toBe(true)
  expect(isNewsOver(need, { ...asks, archived: true })).toBe(true)
  expect(isNewsOver({ kind: 'failed', seq: 7 }, failed)).toBe(false)
  expect(after(runs, asks, { ...asks, attention: 0 }).news).toBeUndefined()
})

test.each([
  ['need', [], true],
  ['need', ['other'], true],
  ['need', ['other', 's'], false],
  ['failed', [''], true],
  ['finished', [''], false],
  ['finished', [], true],
] as const)('%s beside tabs that show %j: %s', (kind, places, may) => expect(mayTell(kind, 's', places)).toBe(may))
