// @vitest-environment node
import type { SessionSummary } from '@farhand/shared'
import { expect, test } from 'vitest'
import { sessionState } from './sessionState.ts'

const idle: SessionSummary = {
  sessionId: 's',
  projectId: 'p',
  head: 5,
  running: 0,
  attention: 0,
  archived: false,
  pinned: false,
  readUpTo: 5,
  createdAt: 0,
  updatedAt: 0,
}

test('a session says what matters most about it', () => {
  expect(sessionState({ ...idle, attention: 1, running: 1 })).toEqual({ tone: 'need', reason: 'Waiting for you' })
  expect(sessionState({ ...idle, running: 1, lastStatus: 'error' })).toEqual({ tone: 'run', reason: 'Running' })
  expect(sessionState({ ...idle, running: 1 }, { away: true })).toEqual({ tone: 'idle', reason: 'Machine away' })
  expect(sessionState({ ...idle, lastStatus: 'error', lastCode: 'CLAUDE_EXIT' })).toEqual({
    tone: 'fail',
    reason: 'Failed: Claude Code ended with an error before the run was done',
  })
  expect(sessionState({ ...idle, lastStatus: 'error', lastCode: 'FUTURE_CODE' }).reason).toBe('Failed: unknown reason')
  expect(sessionState({ ...idle, lastStatus: 'error', lastCode: 'CANCELLED' })).toEqual({
    tone: 'idle',
    reason: 'Stopped',
  })
  expect(sessionState({ ...idle, lastStatus: 'complete', readUpTo: 2 })).toEqual({
    tone: 'done',
    reason: 'Finished · not read',
  })
  const marked = { ...idle, markedUnread: true }
  expect(sessionState(marked)).toEqual({ tone: 'done', reason: 'Marked unread' })
  expect(sessionState({ ...marked, lastStatus: 'error', lastCode: 'CLAUDE_EXIT' }).tone).toBe('fail')
  expect(sessionState({ ...marked, lastStatus: 'error', lastCode: 'CANCELLED' }).reason).toBe('Marked unread')
  expect(sessionState({ ...idle, lastStatus: 'complete' })).toEqual({ tone: 'idle', reason: 'Idle' })
})
