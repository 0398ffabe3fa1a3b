import { expect, test } from 'vitest'
import { createPacing } from './pacing.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('[F80] what is usual begins at once, a flood so much per turn, and always in order', async () => {
  const begun: number[] = []
  const pace = createPacing(3)
  const ask = (from: number, to: number): void => {
    for (let n = from; n <= to; n += 1) pace(() => begun.push(n))
  }
  ask(1, 2)
  expect(begun).toEqual([1, 2])
  await turn()
  ask(3, 10)
  expect(begun).toEqual([1, 2, 3, 4, 5])
  await turn()
  expect(begun).toHaveLength(8)
  ask(11, 11)
  expect(begun).toHaveLength(8)
  await turn()
  expect(begun).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
  await turn()
  ask(12, 14)
  expect(begun).toHaveLength(14)
})
