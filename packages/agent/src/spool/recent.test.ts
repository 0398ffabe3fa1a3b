import { expect, test } from 'vitest'
import { createRecent, type Sized } from './recent.ts'

const sized = (n: number, bytes = 10): Sized => ({
  response: { sessionId: 's', commandId: 'c', n, kind: 'text', data: `n ${n}`, isComplete: false, at: 1 },
  bytes,
})
const numbers = (answer: { responses: { n: number }[] } | undefined) => answer?.responses.map(({ n }) => n)

test('answers what it holds, within the limits, and nothing that was acknowledged', () => {
  const recent = createRecent(1_000)
  recent.add('s', [sized(4), sized(5)])
  recent.add('s', [sized(6)])
  expect(recent.read('s', 5, 9, 1_000)).toMatchObject({ bytes: 20, responses: [{ n: 5 }, { n: 6 }] })
  expect(numbers(recent.read('s', 4, 5, 1_000))).toEqual([4, 5])
  expect(numbers(recent.read('s', 4, 6, 25))).toEqual([4, 5])
  expect(numbers(recent.read('s', 4, 6, 1))).toEqual([4])
  recent.forget('s', 5)
  expect(numbers(recent.read('s', 6, 6, 1_000))).toEqual([6])
  expect(recent.read('s', 5, 6, 1_000)).toBeUndefined()
  recent.forget('s', 6)
  expect(recent.read('s', 6, 6, 1_000)).toBeUndefined()
})

test('what it has never heard of is for the disk', () => {
  const recent = createRecent(1_000)
  expect(recent.read('s', 1, 1, 1_000)).toBeUndefined()
  recent.add('s', [sized(4)])
  expect(recent.read('s', 3, 4, 1_000)).toBeUndefined()
  expect(recent.read('s', 5, 5, 1_000)).toBeUndefined()
})

test('beyond its limit a session begins anew, and stays dense', () => {
  const recent = createRecent(35)
  recent.add('s', [sized(1), sized(2), sized(3)])
  recent.add('s', [sized(4)])
  expect(recent.read('s', 1, 4, 1_000)).toBeUndefined()
  recent.add('s', [sized(5)])
  expect(recent.read('s', 4, 5, 1_000)).toBeUndefined()
  expect(numbers(recent.read('s', 5, 5, 1_000))).toEqual([5])
  recent.forget('s', 5)
  recent.add('s', [sized(6), sized(7), sized(8)])
  expect(numbers(recent.read('s', 6, 8, 1_000))).toEqual([6, 7, 8])
})
