import { describe, expect, test } from 'vitest'
import { buildEntry } from '../testing/builders.ts'
import {
  openSubscriber,
  stepSubscriber,
  type Subscriber,
  type SubscriberInput,
  type SubscriberOutput,
} from './subscriber.ts'
import type { Entry, Subscription } from '../types/messages.ts'

const EPOCH = 'log-1'

function entries(from: number, to: number): Entry[] {
  return Array.from({ length: to - from }, (_, index) => buildEntry(from + index + 1))
}

function answer(from: number, to: number, head: number, part: Partial<Subscription> = {}): Subscription {
  return { logEpoch: EPOCH, head, from, to, entries: entries(from, to), ...part }
}

function play(
  subscriber: Subscriber,
  ...inputs: SubscriberInput[]
): { subscriber: Subscriber; outputs: SubscriberOutput[] } {
  return inputs.reduce<{ subscriber: Subscriber; outputs: SubscriberOutput[] }>(
    (state, input) => {
      const step = stepSubscriber(state.subscriber, input)
      return { subscriber: step.subscriber, outputs: [...state.outputs, ...step.outputs] }
    },
    { subscriber, outputs: [] },
  )
}

function live(cursor: number): Subscriber {
  return play(
    openSubscriber(),
    { type: 'connected' },
    { type: 'subscribed', asked: 1, answer: answer(0, cursor, cursor) },
  ).subscriber
}

test('[SUB1] a first connect subscribes without a cursor and applies the page', () => {
  const { subscriber, outputs } = play(
    openSubscriber({ tail: 50 }),
    { type: 'connected' },
    { type: 'subscribed', asked: 1, answer: answer(10, 12, 12) },
  )
  expect(outputs).toEqual([
    { type: 'subscribe', asked: 1, tail: 50 },
    { type: 'reset', from: 10 },
    { type: 'apply', entries: entries(10, 12) },
  ])
  expect(subscriber).toMatchObject({ phase: 'live', cursor: 12, head: 12, logEpoch: EPOCH })
})

test('[SUB1] an answer that ends before the head is followed by reads until the head', () => {
  const { subscriber, outputs } = play(
    openSubscriber(),
    { type: 'connected' },
    { type: 'subscribed', asked: 1, answer: answer(0, 2, 5) },
    { type: 'page', asked: 2, answer: { entries: entries(2, 4), from: 2, to: 4 } },
    { type: 'page', asked: 3, answer: { entries: entries(4, 5), from: 4, to: 5 } },
  )
  expect(outputs.filter((output) => output.type === 'read')).toEqual([
    { type: 'read', asked: 2, after: 2 },
    { type: 'read', asked: 3, after: 4 },
  ])
  expect(
    outputs.flatMap((output) => (output.type === 'apply' ? output.entries : [])).map((entry) => entry.seq),
  ).toEqual([1, 2, 3, 4, 5])
  expect(subscriber.phase).toBe('live')
})

test('[SUB2] live entries are applied once: a repeat is dropped, the next one is taken', () => {
  const { outputs } = play(live(3), { type: 'entries', entries: [buildEntry(3), buildEntry(4), buildEntry(4)] })
  expect(outputs).toEqual([{ type: 'apply', entries: [buildEntry(4)] }])
})

test('[SUB2] an entry behind a hole subscribes again from the cursor, and only once', () => {
  const { subscriber, outputs } = play(
    live(3),
    { type: 'entries', entries: [buildEntry(5)] },
    { type: 'entries', entries: [buildEntry(6)] },
  )
  expect(outputs).toEqual([{ type: 'subscribe', asked: 2, after: 3, logEpoch: EPOCH }])
  expect(subscriber).toMatchObject({ phase: 'catching-up', cursor: 3, head: 6 })
})

test('[SUB2] entries left out or superseded make no hole: prev chains the rest', () => {
  const { outputs } = play(live(3), { type: 'entries', entries: [buildEntry(9, { prev: 3 })] })
  expect(outputs).toEqual([{ type: 'apply', entries: [buildEntry(9, { prev: 3 })] }])
})

test('[LOG7] a page moves the cursor over what was superseded inside it', () => {
  const page = answer(3, 9, 9, { entries: [buildEntry(8, { prev: 3 })] })
  const { subscriber } = play(
    live(3),
    { type: 'disconnected' },
    { type: 'connected' },
    { type: 'subscribed', asked: 3, answer: page },
  )
  expect(subscriber).toMatchObject({ phase: 'live', cursor: 9 })
})

test('[SUB3] a reset forgets what was applied and begins where the answer begins', () => {
  const { subscriber, outputs } = play(
    live(30),
    { type: 'disconnected' },
    { type: 'connected' },
    { type: 'subscribed', asked: 3, answer: answer(0, 4, 4, { reset: true, logEpoch: 'log-2' }) },
  )
  expect(outputs.slice(1)).toEqual([
    { type: 'reset', from: 0 },
    { type: 'apply', entries: entries(0, 4) },
  ])
  expect(subscriber).toMatchObject({ phase: 'live', cursor: 4, head: 4, logEpoch: 'log-2' })
})

test('[SUB4] a head beyond the cursor reveals a lost tail', () => {
  expect(play(live(3), { type: 'head', head: 3, logEpoch: EPOCH }).outputs).toEqual([])
  expect(play(live(3), { type: 'head', head: 4, logEpoch: EPOCH }).outputs).toEqual([
    { type: 'subscribe', asked: 2, after: 3, logEpoch: EPOCH },
  ])
})

test('[LOG9] a head of another log subscribes again', () => {
  expect(play(live(3), { type: 'head', head: 3, logEpoch: 'log-2' }).outputs).toHaveLength(1)
})

test('[SUB2] an answer to a superseded question is not taken', () => {
  const { outputs, subscriber } = play(
    openSubscriber(),
    { type: 'connected' },
    { type: 'disconnected' },
    { type: 'connected' },
    { type: 'subscribed', asked: 1, answer: answer(0, 9, 9) },
  )
  expect(outputs.map((output) => output.type)).toEqual(['subscribe', 'subscribe'])
  expect(subscriber.cursor).toBeUndefined()
})

test('[SUB2] a page that brings nothing pauses instead of asking for ever', () => {
  const { outputs } = play(
    live(3),
    { type: 'disconnected' },
    { type: 'connected' },
    { type: 'subscribed', asked: 3, answer: answer(3, 3, 8, { entries: [] }) },
  )
  expect(outputs.at(-1)).toEqual({ type: 'retry' })
})

describe('a refusal', () => {
  test('[SUB2] of the present question is asked again after a pause', () => {
    const { outputs } = play(openSubscriber(), { type: 'connected' }, { type: 'failed', asked: 1 })
    expect(outputs.at(-1)).toEqual({ type: 'retry' })
  })
  test('[SUB2] of an old question changes nothing', () => {
    const { outputs } = play(
      openSubscriber(),
      { type: 'connected' },
      { type: 'connected' },
      { type: 'failed', asked: 1 },
    )
    expect(outputs.at(-1)?.type).toBe('subscribe')
  })
})

test('[SUB5] a reader that is further behind than it wants to read begins anew with the newest', () => {
  const leaping = openSubscriber({ tail: 5, leap: 100 }, { cursor: 10, logEpoch: EPOCH })
  const near = play(leaping, { type: 'connected' }, { type: 'subscribed', asked: 1, answer: answer(10, 20, 110) })
  expect(near.outputs.map(({ type }) => type)).toEqual(['subscribe', 'apply', 'read'])
  const far = play(
    leaping,
    { type: 'connected' },
    { type: 'subscribed', asked: 1, answer: answer(10, 20, 111) },
    { type: 'subscribed', asked: 2, answer: answer(106, 111, 111) },
  )
  expect(far.outputs).toEqual([
    { type: 'subscribe', asked: 1, after: 10, tail: 5, logEpoch: EPOCH },
    { type: 'subscribe', asked: 2, tail: 5, logEpoch: EPOCH },
    { type: 'reset', from: 106 },
    { type: 'apply', entries: entries(106, 111) },
  ])
  expect(far.subscriber).toMatchObject({ phase: 'live', cursor: 111 })
})
