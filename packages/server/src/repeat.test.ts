import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { repeat } from './repeat.ts'

test('one round at a time, however long it takes, a failed one is told, and nothing comes after the end', async () => {
  let [atOnce, most, rounds] = [0, 0, 0]
  const told: unknown[] = []
  const stop = repeat(
    async () => {
      rounds += 1
      most = Math.max(most, (atOnce += 1))
      await sleep(10)
      atOnce -= 1
      if (rounds === 1) throw new Error('first')
    },
    { everyMs: 1, firstAfterMs: 0, onError: (error) => told.push(error) },
  )
  await expect.poll(() => rounds).toBeGreaterThan(2)
  stop()
  const then = rounds
  await sleep(30)
  expect([most, told.length, rounds]).toEqual([1, 1, then])
})
