import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { LinkStatus } from '../services/reconnect.ts'
import { useAnnounceStore } from '../stores/announceStore.ts'
import { useConnectionStore } from '../stores/connectionStore.ts'
import { GRACE_MS, wireLoss } from './wireLoss.ts'

beforeEach(() => {
  setActivePinia(createPinia())
  vi.useFakeTimers()
})
afterEach(() => vi.useRealTimers())

const up: LinkStatus = { name: 'connected', since: 0 }
const waiting: LinkStatus = { name: 'waiting', attempt: 1, until: 5 }
const trying: LinkStatus = { name: 'connecting', attempt: 1 }

function wire() {
  const connection = useConnectionStore()
  const said = vi.spyOn(useAnnounceStore(), 'say')
  let tellStatus: (status: LinkStatus) => void = () => {}
  let tellOverdue: (overdue: boolean) => void = () => {}
  const stop = wireLoss({
    onStatus(listener) {
      tellStatus = listener
      return () => {}
    },
    onOverdue(listener) {
      tellOverdue = listener
      return () => {}
    },
  })
  return {
    said,
    stop,
    overdue: (now: boolean) => tellOverdue(now),
    be(...statuses: LinkStatus[]) {
      for (const status of statuses) {
        connection.setLink(status)
        tellStatus(status)
      }
    },
    shown: () => connection.status.name,
  }
}

test('a hand-over between networks is a check, and nothing is announced', () => {
  const world = wire()
  world.be(trying, up, waiting)
  expect(world.shown()).toBe('checking')
  world.be({ name: 'offline', attempt: 1, until: 5 }, trying)
  vi.advanceTimersByTime(GRACE_MS - 1)
  expect(world.shown()).toBe('checking')
  world.be(up)
  vi.advanceTimersByTime(10_000)
  expect(world.shown()).toBe('live')
  expect(world.said).not.toHaveBeenCalled()
  world.stop()
})

test('a loss that lasts is told once, and that it is over', () => {
  const world = wire()
  world.be(up, waiting, trying, waiting)
  vi.advanceTimersByTime(GRACE_MS)
  expect(world.shown()).toBe('waiting')
  world.be(trying, waiting)
  vi.advanceTimersByTime(10_000)
  world.be(up)
  expect(world.said.mock.calls).toEqual([['Connection lost. Reconnecting.'], ['Connection restored.']])
  world.stop()
})

test('what a person has to act on is shown at once', () => {
  const world = wire()
  world.be(up, { name: 'waiting', attempt: 9, until: null })
  expect(world.shown()).toBe('waiting')
  world.be(up, waiting, { name: 'signed-out' })
  expect(world.shown()).toBe('signed-out')
  world.stop()
})

test('an answer that is overdue is a check until it comes', () => {
  const world = wire()
  world.be(up)
  world.overdue(true)
  expect(world.shown()).toBe('checking')
  world.overdue(false)
  expect(world.shown()).toBe('live')
  world.stop()
})
