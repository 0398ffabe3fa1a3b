// @vitest-environment node
import type { RequestBody } from '@farhand/shared'
import { expect, test } from 'vitest'
import { budgetOf, tellBudget, tellLimit } from './budget.ts'

const request = (tool: string, input: Record<string, unknown>): RequestBody => ({
  requestId: 'r',
  digest: 'd',
  type: 'permission',
  tool,
  input,
})

test.for([
  [{ scope: 'session', what: 'cost', limit: 1, spent: 1.02 }, 'This session has used $1.02 of $1.00.', '$1.00'],
  [{ scope: 'session', what: 'turns', limit: 1, spent: 3 }, 'This session has used 3 turns of 1 turn.', '1 turn'],
  [
    { scope: 'project', what: 'time', limit: 1_800_000, spent: 1_860_000 },
    'This project has used today 31 minutes of 30 minutes.',
    '30 minutes',
  ],
] as const)('%j is told in words', ([input, line, limit]) => {
  const budget = budgetOf(request('Budget', { ...input, later: 'unknown' }))
  if (budget === undefined) throw new Error('not understood')
  expect(tellBudget(budget)).toBe(line)
  expect(tellLimit(budget)).toBe(limit)
})

test('another tool, and a budget of another shape, are no budget', () => {
  const input = { scope: 'session', what: 'cost', limit: 1, spent: 1 }
  expect(budgetOf(request('Bash', input))).toBeUndefined()
  expect(budgetOf(request('Budget', { ...input, limit: 'much' }))).toBeUndefined()
  expect(budgetOf(request('Budget', { ...input, what: 'tokens' }))).toBeUndefined()
})
