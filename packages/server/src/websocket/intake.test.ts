import { EventEmitter } from 'node:events'
import type { Socket } from 'socket.io'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { limitIntake } from './intake.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A connection with a wire that notes what is done to it. */
function open() {
  const wire: string[] = []
  const socket = { pause: () => wire.push('pause'), resume: () => wire.push('resume') }
  const connection = Object.assign(new EventEmitter(), { transport: { socket } })
  limitIntake(connection as unknown as Socket['conn'])
  const receive = (count: number): void => {
    for (let index = 0; index < count; index += 1) connection.emit('packet')
  }
  return { wire, receive, connection }
}

test('[F80] what is usual is never held up', () => {
  const { wire, receive } = open()
  for (let second = 0; second < 50; second += 1) {
    receive(120)
    vi.advanceTimersByTime(200)
  }
  expect(wire).toEqual([])
})

test('[F80] who sends without end is read at the rate, however much one read brings', () => {
  const { wire, receive } = open()
  receive(1_000)
  expect(wire).toEqual(['pause'])
  vi.advanceTimersByTime(799)
  expect(wire).toEqual(['pause'])
  vi.advanceTimersByTime(201)
  expect(wire).toEqual(['pause', 'resume'])
  receive(200)
  expect(wire).toEqual(['pause', 'resume', 'pause'])
})

test('nothing is left of a connection that is gone', () => {
  const { receive, connection } = open()
  receive(500)
  connection.emit('close')
  expect(vi.getTimerCount()).toBe(0)
})
