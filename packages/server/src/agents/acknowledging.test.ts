import { expect, test } from 'vitest'
import { createAcknowledging } from './acknowledging.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('[LOG3] one acknowledgement per session for what came together, before the next turn', async () => {
  const sent: [string, number][][] = []
  const { stored } = createAcknowledging((positions) => sent.push([...positions]))
  const answers = [1, 2, 3].map(async (n) => {
    for (let step = 0; step < n; step += 1) await Promise.resolve() // appenders need a few steps to answer
    stored(new Map([['a', n]]))
    stored(new Map([['b', 7 - n]]))
  })
  expect(sent).toEqual([])
  await Promise.all(answers)
  await turn()
  expect(sent).toEqual([[['a', 3], ['b', 6]]]) // prettier-ignore
  stored(new Map())
  await turn()
  stored(new Map([['a', 4]]))
  await turn()
  expect(sent.slice(1)).toEqual([[['a', 4]]])
})
