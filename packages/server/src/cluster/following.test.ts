import type { Entry, SessionSummary } from '@farhand/shared'
import { afterEach, expect, test } from 'vitest'
import { createLogger } from '../logger.ts'
import type { Committed } from '../log/sessionLog.ts'
import type { LogStore } from '../log/store.ts'
import { createFollowing, type Following } from './following.ts'

const SOON = { timeout: 8_000 }

const SESSION = '00000000-0000-4000-8000-0000000000d1'
const PAGE = 3

let following: Following
afterEach(() => following.close())

/** A log of so many entries, read in small pages; and what those who read along were told of it. */
function open(part: { page?: LogStore['page']; isRead?: boolean } = {}) {
  const log = { head: 0, reads: 0, isRead: part.isRead ?? true }
  const told: number[] = []
  let found = 0
  following = createFollowing({
    store: {
      session: () => Promise.resolve(undefined),
      page: ({ after = 0 }) => {
        log.reads += 1
        const to = Math.min(after + PAGE, log.head)
        return Promise.resolve({ from: after, to, head: log.head, entries: entries(after, to) })
      },
      ...(part.page === undefined ? {} : { page: part.page }),
    },
    isRead: () => log.isRead,
    emit: ({ outcomes }) => {
      for (const outcome of outcomes) if (outcome.verdict === 'accepted') told.push(outcome.entry.seq)
    },
    onFound: (count) => (found += count),
    logger: createLogger('silent'),
  })
  return { log, told, found: () => found }
}

function entries(after: number, to: number): Entry[] {
  return Array.from({ length: to - after }, (_, index) => ({
    type: 'command_result',
    sessionId: SESSION,
    seq: after + index + 1,
    prev: after + index,
    commandId: SESSION,
    kind: 'text',
    response: 'x',
    status: 'streaming',
    at: 1,
  }))
}

function commit(after: number, to: number, sessions: SessionSummary[] = []): Committed {
  return { outcomes: entries(after, to).map((entry) => ({ verdict: 'accepted', entry })), sessions, attention: [] }
}

const upTo = (head: number): number[] => Array.from({ length: head }, (_, index) => index + 1)

test('[LOG4] what comes too early waits for what is before it', () => {
  const { log, told } = open()
  following.noteRead(SESSION, 0)
  following.take(commit(0, 2))
  following.take(commit(4, 6))
  expect(told).toEqual([1, 2])
  following.take(commit(2, 4))
  expect(told).toEqual(upTo(6))
  expect(log.reads).toBe(0)
})

test('[SUB4] what does not come is read from the log, in as many pages as it takes, and comes once', async () => {
  const { log, told, found } = open()
  following.noteRead(SESSION, 0)
  log.head = 12
  following.take(commit(10, 12))
  await expect.poll(() => told, SOON).toEqual(upTo(12))
  expect(found()).toBe(12)
  following.take(commit(0, 10))
  expect(told).toEqual(upTo(12))
})

test('[SUB4] a head that nobody told of is looked into, unless it comes by itself', async () => {
  const { log, told } = open()
  following.noteRead(SESSION, 2)
  log.head = 4
  following.check(new Map([[SESSION, 4]]))
  following.take(commit(2, 4))
  await new Promise((resolve) => setTimeout(resolve, 150))
  expect(log.reads).toBe(0)
  log.head = 5
  following.check(new Map([[SESSION, 5]]))
  await expect.poll(() => told, SOON).toEqual([3, 4, 5])
})

test('of a session that nobody reads nothing waits and nothing is remembered', () => {
  const { log, told } = open({ isRead: false })
  following.take(commit(4, 6))
  following.take(commit(2, 4))
  expect(told).toEqual([5, 6, 3, 4])
  log.isRead = true
  following.noteRead(SESSION, 6)
  following.take(commit(6, 7))
  expect(told.at(-1)).toBe(7)
})

test('a store that fails is asked again with the next look', async () => {
  let failures = 0
  const page: LogStore['page'] = ({ after = 0 }) => {
    failures += 1
    if (failures === 1) return Promise.reject(new Error('no connection'))
    return Promise.resolve({ from: after, to: 3, head: 3, entries: entries(after, 3) })
  }
  const { told } = open({ page })
  following.noteRead(SESSION, 0)
  following.check(new Map([[SESSION, 3]]))
  await expect.poll(() => failures, SOON).toBe(1)
  expect(told).toEqual([])
  following.check(new Map([[SESSION, 3]]))
  await expect.poll(() => told, SOON).toEqual([1, 2, 3])
})

test('of a deleted session what is held goes', async () => {
  const { told } = open({ page: () => Promise.resolve(undefined) })
  following.noteRead(SESSION, 0)
  following.take(commit(2, 3))
  await new Promise((resolve) => setTimeout(resolve, 150))
  following.take(commit(7, 8)) // as of one that nothing is known of
  expect(told).toEqual([8])
})
