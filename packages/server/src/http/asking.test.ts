import { expect, test } from 'vitest'
import { atMostEvery, inTime } from './asking.ts'

test('[F90] a check that does not come back is not made again meanwhile, and whoever asks hears so in time', async () => {
  let checks = 0
  const answer = Promise.withResolvers<void>()
  const clock = { time: 0, now: () => clock.time }
  const ask = atMostEvery(
    1_000,
    () => {
      checks += 1
      return checks === 1 ? answer.promise : Promise.resolve()
    },
    clock,
  )
  for (clock.time of [0, 5_000, 9_000]) {
    await expect(inTime(5, ask(), () => new Error('late'))).rejects.toThrow('late')
  }
  expect(checks).toBe(1)
  answer.resolve()
  await inTime(1_000, ask(), () => new Error('late'))
  await ask()
  expect(checks).toBe(1)
  clock.time += 1_000
  await ask()
  expect(checks).toBe(2)
})
