import { expect, test } from 'vitest'
import { createTurns } from './turns.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('whoever comes alone goes at once; of those who come together one goes per turn, in order', async () => {
  const next = createTurns()
  const gone: number[] = []
  const come = (who: number): void => void next().then(() => gone.push(who))
  come(1)
  await Promise.resolve()
  expect(gone).toEqual([1])
  for (const who of [2, 3, 4]) come(who)
  for (const count of [2, 3, 4]) {
    await turn()
    expect(gone).toHaveLength(count)
  }
  expect(gone).toEqual([1, 2, 3, 4])
  await turn()
  come(5)
  await Promise.resolve()
  expect(gone).toEqual([1, 2, 3, 4, 5])
})
