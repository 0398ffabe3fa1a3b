import { expect, test } from 'vitest'
import type { StoredInput } from '../spool/inbox.ts'
import { enqueue, find, positionBefore, positionFirst, remove, replace, type Queue } from './queue.ts'

const item = (inputId: string, position: number): StoredInput => ({
  input: {
    type: 'agent_command',
    sessionId: 's',
    projectId: 'p',
    seq: 1,
    inputId,
    kind: 'command',
    command: inputId,
    options: {},
    author: { id: 'u', name: 'U' },
    at: 0,
  },
  position,
  acceptedAt: 0,
})
const order = (queue: Queue) => queue.map(({ input }) => input.inputId).join('')
const QUEUE = [item('b', 2), item('a', 1), item('c', 3)].reduce<Queue>(enqueue, [])

function move(queue: Queue, commandId: string, before?: string): string | undefined {
  const moved = find(queue, commandId)
  const position = positionBefore(remove(queue, commandId), before)
  return moved === undefined || position === undefined ? undefined : order(replace(queue, { ...moved, position }))
}

test('[CMD6] commands wait in the order of their positions', () => {
  expect(order(QUEUE)).toBe('abc')
  expect(order(remove(QUEUE, 'b'))).toBe('ac')
  expect(find(QUEUE, 'x')).toBeUndefined()
})

test('[CMD6] one can be moved before any other, and to the end', () => {
  expect(move(QUEUE, 'c', 'a')).toBe('cab')
  expect(move(QUEUE, 'c', 'b')).toBe('acb')
  expect(move(QUEUE, 'a', 'c')).toBe('bac')
  expect(move(QUEUE, 'a')).toBe('bca')
  expect(move(QUEUE, 'a', 'gone')).toBeUndefined()
})

test('[CMD6] one can be put first', () => {
  expect(order(replace(QUEUE, item('c', positionFirst(QUEUE))))).toBe('cab')
  expect(order(enqueue([], item('x', positionFirst([]))))).toBe('x')
})
