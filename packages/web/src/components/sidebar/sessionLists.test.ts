// @vitest-environment node
import type { SessionSummary } from '@farhand/shared'
import { expect, test } from 'vitest'
import { filterSessions, isUnread } from './sessionLists.ts'

const session = (sessionId: string, part: Partial<SessionSummary> = {}): SessionSummary => ({
  ...{ sessionId, projectId: 'p', head: 5, running: 0, attention: 0, archived: false, pinned: false, readUpTo: 5 },
  ...{ createdAt: 0, updatedAt: 0 },
  ...part,
})
const all = [
  session('read', { lastStatus: 'complete' }),
  session('new', { lastStatus: 'complete', readUpTo: 2 }),
  session('marked', { markedUnread: true }),
  session('asks', { attention: 1, running: 1 }),
  session('runs', { running: 1, readUpTo: 0 }),
  session('old', { archived: true, attention: 1 }),
]

test.each([
  ['all', ['read', 'new', 'marked', 'asks', 'runs']],
  ['need', ['asks']],
  ['running', ['asks', 'runs']],
  ['unread', ['new', 'marked', 'asks']],
  ['archived', ['old']],
] as const)('%s', (filter, ids) => {
  expect(filterSessions(all, filter).map(({ sessionId }) => sessionId)).toEqual(ids)
})

test('what still goes on is not unread yet', () => {
  expect(isUnread(session('x', { running: 1, readUpTo: 0, lastStatus: 'complete' }))).toBe(false)
})
