import { expect, test } from 'vitest'
import { NOTHING_SPENT, capped, describeOverrun, look } from './budget.ts'

const DAY = { day: '2030-01-01', costUsd: 0, raised: 0 }

test('without limits nothing is capped and nothing is over', () => {
  expect(look({}, { ...NOTHING_SPENT, costUsd: 1e6 }, DAY)).toEqual({ left: {} })
  expect(capped({ model: 'opus' }, {})).toEqual({ model: 'opus' })
})

test('what is left is the least of what the session and the project have left', () => {
  const limits = { sessionUsd: 5, sessionTurns: 10, projectUsdPerDay: 3 }
  expect(look(limits, { ...NOTHING_SPENT, costUsd: 1, turns: 4 }, { ...DAY, costUsd: 1 })).toEqual({
    left: { costUsd: 2, turns: 6 },
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

test('each time that somebody says that it may go on, there is as much again', () => {
  expect(look({ sessionUsd: 1 }, { ...NOTHING_SPENT, costUsd: 1.5, raised: 1 }, DAY)).toEqual({
    left: { costUsd: 0.5 },
  })
  expect(look({ projectUsdPerDay: 1 }, NOTHING_SPENT, { ...DAY, costUsd: 2, raised: 1 }).over).toBeDefined()
})
