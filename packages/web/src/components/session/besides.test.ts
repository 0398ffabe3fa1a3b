// @vitest-environment node
import { emptyTimeline, type SessionSummary } from '@farhand/shared'
import { expect, test } from 'vitest'
import { besides } from './besides.ts'

const session = (sessionId: string, part: Partial<SessionSummary> = {}): SessionSummary => ({
  sessionId,
  projectId: 'shop',
  head: 1,
  running: 1,
  attention: 0,
  archived: false,
  pinned: false,
  readUpTo: 0,
  createdAt: 1,
  updatedAt: 1,
  ...part,
})

test('who else works in this folder: not this session, not what rests or waits, not another project, not a worktree', () => {
  const sessions = [
    session('here'),
    session('older'),
    session('newer', { updatedAt: 2 }),
    session('resting', { running: 0 }),
    session('waiting', { attention: 1 }),
    session('elsewhere', { projectId: 'infra' }),
    session('in a worktree'),
    session('in a part'),
  ]
  const worksIn = (cwd: string) => ({ ...emptyTimeline(), effective: { cwd } })
  const known = new Map([
    ['in a worktree', worksIn('/dev/shop.worktrees/one')],
    ['in a part', worksIn('/dev/shop/api')],
  ])
  const found = besides(sessions, (id) => known.get(id), { sessionId: 'here', projectId: 'shop', root: '/dev/shop' })
  expect(found.map(({ sessionId }) => sessionId)).toEqual(['newer', 'older', 'in a part'])
})
