import { expect, test } from 'vitest'
import { NOTHING_SPENT, afterLimit, capped, describeOverrun, lessUsed, look, raiseBeyond } from './budget.ts'

const DAY = { day: '2030-01-01', costUsd: 0, raised: 0 }
const raised = (part: Partial<typeof NOTHING_SPENT.raised>) => ({ ...NOTHING_SPENT.raised, ...part })

test('without limits nothing is capped and nothing is over', () => {
  expect(look({}, { ...NOTHING_SPENT, costUsd: 1e6 }, DAY)).toEqual({ left: {} })
  expect(capped({ model: 'opus' }, {})).toEqual({ model: 'opus' })
})

test('what is left is the least of what the session and the project have left', () => {
  const limits = { sessionUsd: 5, sessionTurns: 10, projectUsdPerDay: 3 }
  expect(look(limits, { ...NOTHING_SPENT, costUsd: 4.5, turns: 4 }, { ...DAY, costUsd: 1 })).toEqual({
    left: { costUsd: 0.5, turns: 6 },
  })
  expect(capped({ maxTurns: 3 }, { costUsd: 2, turns: 6 })).toEqual({ maxTurns: 3, maxBudgetUsd: 2 })
  expect(capped({ maxTurns: 9, maxBudgetUsd: 1 }, { costUsd: 2, turns: 6 })).toEqual({ maxTurns: 6, maxBudgetUsd: 1 })
})

test.each([
  [{ sessionUsd: 1 }, { ...NOTHING_SPENT, costUsd: 1 }, DAY, 'This session has used $1.00 of $1.00.'],
  [{ sessionTurns: 2 }, { ...NOTHING_SPENT, turns: 3 }, DAY, 'This session has used 3 of 2 turns.'],
  [{ sessionMs: 60_000 }, { ...NOTHING_SPENT, ms: 90_000 }, DAY, 'This session has used 2 of 1 minutes.'],
  [{ projectUsdPerDay: 2 }, NOTHING_SPENT, { ...DAY, costUsd: 2.5 }, 'This project today has used $2.50 of $2.00.'],
])('%j is used up', (limits, session, day, words) => {
  const { over } = look(limits, session, day)
  expect(over === undefined ? 'nothing is over' : describeOverrun(over)).toBe(words)
})

test('each time that somebody says that it may go on, there is as much again, of what was used up alone', () => {
  const limits = { sessionUsd: 1, sessionTurns: 10 }
  expect(look(limits, { ...NOTHING_SPENT, costUsd: 1.5, turns: 4, raised: raised({ cost: 1 }) }, DAY)).toEqual({
    left: { costUsd: 0.5, turns: 6 },
  })
  expect(look({ projectUsdPerDay: 1 }, NOTHING_SPENT, { ...DAY, costUsd: 2, raised: 1 }).over).toBeDefined()
})

test.each([
  [8, 1],
  [8.7, 1],
  [0.3, 0.1],
  [1, 1],
  [123.456, 0.007],
])('one yes is enough, and gives up to one limit: %d spent of %d', (spent, limit) => {
  const account = { ...NOTHING_SPENT, costUsd: spent }
  const { over } = look({ sessionUsd: limit }, account, DAY)
  if (over === undefined) throw new Error('it is over')
  const after = look({ sessionUsd: limit }, { ...account, raised: raised({ cost: raiseBeyond(over, 0) }) }, DAY)
  expect(after.over).toBeUndefined()
  expect(after.left.costUsd).toBeGreaterThan(limit / 1_000)
  expect(after.left.costUsd).toBeLessThanOrEqual(limit * 1.000_001)
})

test('runs at the same time share the day of a project, and together never use more than it', () => {
  const limits = { projectUsdPerDay: 10 }
  const shares: number[] = []
  const handedOut = () => shares.reduce((sum, share) => sum + share, 0)
  for (;;) {
    const { left, over } = look(limits, NOTHING_SPENT, DAY, handedOut())
    if (over !== undefined) break
    shares.push(left.costUsd ?? 0)
  }
  expect(shares).toEqual([5, 2.5, 1.25, 0.625, 0.625])
  const { over } = look(limits, NOTHING_SPENT, { ...DAY, costUsd: 4 }, 6)
  expect(over && describeOverrun(over)).toBe(
    'This project today has used $4.00 of $10.00, and other runs at work may use $6.00 more.',
  )
  expect(over && raiseBeyond(over, 0)).toBe(1)
  expect(look(limits, NOTHING_SPENT, { ...DAY, costUsd: 4, raised: 1 }, 6)).toEqual({ left: { costUsd: 5 } })
})

test('what follows when Claude Code stopped because of a limit', () => {
  const over = look({ sessionUsd: 1 }, { ...NOTHING_SPENT, costUsd: 1 }, DAY).over
  const used = { costUsd: 1, turns: 3 }
  const handed = { maxBudgetUsd: 1 }
  expect(afterLimit({ own: {}, handed, used }, over)).toBe('ask')
  expect(afterLimit({ own: {}, handed, used }, undefined)).toBe('go_on')
  expect(afterLimit({ own: { maxBudgetUsd: 1 }, handed, used }, undefined)).toBe('end')
  expect(afterLimit({ own: { maxTurns: 3 }, handed, used }, over)).toBe('end')
  // A limit that is none of ours, as one of Claude Code's own settings.
  expect(afterLimit({ own: {}, handed: { maxBudgetUsd: 5 }, used }, undefined)).toBe('end')
})

test("a command's own limits count over all of its processes", () => {
  const options = { model: 'opus', maxBudgetUsd: 3, maxTurns: 9 }
  expect(lessUsed(options, { costUsd: 1, turns: 4 })).toEqual({ model: 'opus', maxBudgetUsd: 2, maxTurns: 5 })
  expect(lessUsed({ model: 'opus' }, { costUsd: 1, turns: 4 })).toEqual({ model: 'opus' })
})
