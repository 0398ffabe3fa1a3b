import { expect, test, vi } from 'vitest'
import { NOTHING_YET, createRunWatch, stepWatch, type Watched } from './runWatch.ts'

const LIMITS = { idleMs: 600_000, totalMs: 3_600_000 }
const HOUR_MS = 3_600_000

/** Looks of a second each, but where a longer time is named. */
function look(times: readonly number[], from: Watched = NOTHING_YET, waiting = false) {
  const news: string[] = []
  let watched = from
  for (const elapsedMs of times) {
    const step = stepWatch(watched, { elapsedMs, lookMs: 1_000, waiting }, LIMITS)
    watched = step.watched
    if (step.news !== undefined) news.push(step.news)
  }
  return { watched, news }
}
const seconds = (count: number) => Array.from({ length: count }, () => 1_000)

test('half of the time is told once, then it is over', () => {
  expect(look(seconds(299)).news).toEqual([])
  expect(look(seconds(500)).news).toEqual(['half'])
  expect(look(seconds(600)).news).toEqual(['half', 'idle'])
})

test('[F47] hours asleep, or stopped, are not time without a sign of life, nor time at work', () => {
  const { watched, news } = look([...seconds(100), 8 * HOUR_MS, ...seconds(100)])
  expect(news).toEqual([])
  expect(watched).toMatchObject({ silentMs: 202_000, workedMs: 202_000 })
})

test('[F48] a clock that goes back counts nothing', () => {
  expect(look([-86_400_000, 1_000]).watched.workedMs).toBe(1_000)
})

test('[REQ4] while a person is asked no time passes', () => {
  const asked = look(seconds(10_000), { silentMs: 590_000, workedMs: 5_000, toldHalf: true }, true)
  expect(asked.news).toEqual([])
  expect(asked.watched).toEqual({ silentMs: 0, workedMs: 5_000, toldHalf: false })
})

test('one that is busy all the time ends at its limit', () => {
  const busy = { silentMs: 0, workedMs: LIMITS.totalMs - 500, toldHalf: false }
  expect(look(seconds(1), busy).news).toEqual(['total'])
})

test('a sign of life begins the count anew; stopped, it tells nothing', () => {
  vi.useFakeTimers()
  const told: string[] = []
  const now = { now: () => Date.now() }
  const watch = createRunWatch({ idleMs: 1_000, totalMs: 100_000 }, now, {
    waiting: () => false,
    half: () => told.push('half'),
    idle: () => told.push('idle'),
    total: () => told.push('total'),
    looked: () => {},
  })
  watch.start()
  for (let round = 0; round < 10; round += 1) {
    vi.advanceTimersByTime(400)
    watch.sign()
  }
  expect(told).toEqual([])
  vi.advanceTimersByTime(600)
  expect(told).toEqual(['half'])
  watch.stop()
  vi.advanceTimersByTime(10_000)
  expect(told).toEqual(['half'])
  vi.useRealTimers()
})

test('[REQ4] the time at work is told without the time in which a person was asked, also when it is over', () => {
  vi.useFakeTimers()
  let waiting = false
  const watch = createRunWatch(
    LIMITS,
    { now: () => Date.now() },
    {
      waiting: () => waiting,
      half: () => {},
      idle: () => {},
      total: () => {},
      looked: () => {},
    },
  )
  watch.start()
  vi.advanceTimersByTime(30_000)
  waiting = true
  vi.advanceTimersByTime(10 * HOUR_MS)
  waiting = false
  vi.advanceTimersByTime(500)
  watch.stop()
  vi.advanceTimersByTime(60_000)
  expect(watch.workedMs()).toBe(30_500)
  watch.start()
  expect(watch.workedMs()).toBe(0)
  watch.stop()
  vi.useRealTimers()
})
