// @vitest-environment node
import { expect, test } from 'vitest'
import { keepOrder } from './useStillOrder.ts'

test('rows stay where they are while a pointer is among them', () => {
  const id = (row: string): string => row
  expect(keepOrder(['a', 'b', 'c'], ['c', 'new', 'a'], id)).toEqual(['a', 'c', 'new'])
})
