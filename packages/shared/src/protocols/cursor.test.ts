import { expect, test } from 'vitest'
import { judge } from './cursor.ts'

test.each([
  // cursor, prev, seq, verdict
  [0, 0, 1, 'apply'],
  [7, 7, 8, 'apply'],
  [7, 3, 8, 'apply'], // what lies between 3 and 8 was superseded or left out
  [7, 6, 7, 'duplicate'],
  [7, 2, 3, 'duplicate'],
  [7, 8, 9, 'gap'],
  [0, 1, 2, 'gap'],
] as const)('[SUB2] cursor %i and an entry after %i at %i: %s', (cursor, prev, seq, verdict) => {
  expect(judge(cursor, { prev, seq })).toBe(verdict)
})
