import { expect, test } from 'vitest'
import type { PushRecord } from '../log/push/store.ts'
import type { Answer } from './answer.ts'
import { TEST_LETTER } from './message.ts'
import { createSender } from './sender.ts'

const push: PushRecord = {
  ...{ login: 'l', endpoint: 'e', keys: { p256dh: 'p', auth: 'a' }, kinds: [], createdAt: 0, problem: undefined },
}
const again: Answer = { name: 'again', afterMs: undefined }
const wanted = () => Promise.resolve(true)

/** A push service that gives these answers, and then takes everything. */
function open(...answers: Answer[]) {
  let posts = 0
  const post = () => {
    posts += 1
    return Promise.resolve(answers.shift() ?? { name: 'sent' as const })
  }
  const sender = createSender({ post, random: () => 1, firstPauseMs: 1 })
  return { sender, posts: () => posts }
}

test.each([
  ['sent', [], 1],
  ['sent', [again, again], 3],
  ['gone', [again, { name: 'gone' }], 2],
  ['refused', [{ name: 'refused' }], 1],
  ['unreachable', [again, again, again, again, again], 4],
  ['refused', [again, again, again, { ...again, status: 503 }], 4],
] as const)('%s after %j: %i posts', async (outcome, answers, posts) => {
  const { sender, posts: made } = open(...answers)
  expect(await sender.send(push, TEST_LETTER, wanted)).toBe(outcome)
  expect(made()).toBe(posts)
})

test('what is over meanwhile is not tried again, one try is one, and what waits is given up at the end', async () => {
  const { sender, posts } = open(again, again, again)
  await sender.send(push, TEST_LETTER, () => Promise.resolve(false))
  expect(await sender.sendOnce(push, TEST_LETTER)).toBe('unreachable')
  expect(posts()).toBe(2)
  const late = createSender({ post: () => Promise.resolve(again), firstPauseMs: 60_000 })
  const waiting = late.send(push, TEST_LETTER, wanted)
  await new Promise((resolve) => setImmediate(resolve))
  late.close()
  expect(await waiting).toBe('unreachable')
})

test('no more than six are under way at once', async () => {
  let [busy, most] = [0, 0]
  const post = async (): Promise<Answer> => {
    busy += 1
    most = Math.max(most, busy)
    await new Promise((resolve) => setTimeout(resolve, 2))
    busy -= 1
    return { name: 'sent' }
  }
  const sender = createSender({ post })
  const sent = await Promise.all(Array.from({ length: 30 }, () => sender.send(push, TEST_LETTER, wanted)))
  expect(new Set(sent)).toEqual(new Set(['sent']))
  expect(most).toBe(6)
})
