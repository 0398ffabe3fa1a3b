// @vitest-environment node
import { expect, test } from 'vitest'
import { beginWith, isInside, partOf, readBeginning, sentAtFirst, writeBeginning } from './beginning.ts'

const ID = '6f1c2a34-0b1d-4c3e-9f50-123456789abc'
const BEFORE = '0e9b7d21-5a44-4c1f-8b66-abcdefabcdef'
const found = { claudeSessionId: ID, workingDirectory: '/p/web', title: 'Fix & go', changedAt: 5 }

test.for([
  beginWith(found, 'continue'),
  beginWith(found, 'fork'),
  { from: { ...found, fork: true, before: BEFORE }, worktree: false },
  { from: { ...found, fork: true, branch: 'farhand/fix-it' }, worktree: false },
  { worktree: true },
  { worktree: false },
  { worktree: true, settings: { model: 'opus', permissionMode: 'plan' as const, effort: 'high' as const } },
  { ...beginWith(found, 'fork'), settings: { model: 'claude-opus-5-5[1m]' } },
])('an address says the beginning that was written into it: %j', (beginning) => {
  const query = Object.fromEntries(new URLSearchParams(writeBeginning(beginning)))
  expect(sentAtFirst(readBeginning(query))).toEqual(sentAtFirst(beginning))
  expect(readBeginning(query).from?.title).toBe(beginning.from?.title)
  expect(readBeginning(query).from?.branch).toBe(beginning.from?.branch)
})

test('the first message names what it goes on with, and where that was held', () => {
  expect(sentAtFirst(beginWith(found, 'continue'))).toEqual({ workingDirectory: '/p/web', options: { resume: ID } })
  expect(sentAtFirst({ from: { ...found, fork: true, before: BEFORE }, worktree: false })).toEqual({
    workingDirectory: '/p/web',
    options: { resume: ID, fork: true, resumeBefore: BEFORE },
  })
  expect(sentAtFirst({ worktree: true })).toEqual({ options: { worktree: true } })
  expect(sentAtFirst({ worktree: false })).toEqual({})
  const settings = { model: 'opus', permissionMode: 'plan' as const }
  expect(sentAtFirst({ worktree: false, settings })).toEqual({ options: settings })
  expect(sentAtFirst({ ...beginWith(found, 'continue'), settings }).options).toEqual({ ...settings, resume: ID })
})

test.for([{}, { from: 'no id', in: '/p' }, { from: ID }, { from: ID, in: '' }, { from: [ID, ID], in: '/p' }])(
  'a damaged address begins plainly: %j',
  (query) => {
    expect(readBeginning(query)).toEqual({ worktree: false })
  },
)

test('a damaged part of an address is left out alone', () => {
  const from = { claudeSessionId: ID, workingDirectory: '/p', title: '', fork: false }
  expect(readBeginning({ from: ID, in: '/p', before: 'x', fork: 'yes', title: ['a'] })).toEqual({
    from,
    worktree: false,
  })
})

test('an address chooses no model that looks like a flag, and never that nothing is asked', () => {
  expect(readBeginning({ model: '--x', mode: 'bypassPermissions', effort: 'none' })).toEqual({ worktree: false })
  expect(readBeginning({ mode: 'plan', effort: 9 })).toEqual({ worktree: false, settings: { permissionMode: 'plan' } })
})

test('a part of the project is named again, the project and a worktree elsewhere are not', () => {
  expect(partOf('/home/dev/shop', '/home/dev/shop/web')).toBe('/home/dev/shop/web')
  expect(partOf('/home/dev/shop', '/home/dev/shop')).toBeUndefined()
  expect(partOf('/home/dev/shop', '/home/dev/shop-2')).toBeUndefined()
  expect(partOf('/home/dev/shop', undefined)).toBeUndefined()
  expect(isInside('C:\\work\\shop', 'C:\\work\\shop\\web')).toBe(true)
})
