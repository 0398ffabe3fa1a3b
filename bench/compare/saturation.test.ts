import { expect, onTestFinished, test, vi } from 'vitest'
import { ratio, saturate, type Saturated } from './saturation.ts'
import type { LoadedRelay } from './relays.ts'

const round = (cpuUsPerChunk: number): Saturated => ({ cpuUsPerChunk, deliveriesPerSecond: 1 })

test('a ratio is the middle of the ratios of the rounds, not the ratio of the middles', () => {
  const found = new Map([
    ['a', [round(2), round(30), round(4)]],
    ['b', [round(1), round(10), round(4)]],
  ])
  expect(ratio(found, 'a', 'b', (one) => one.cpuUsPerChunk)).toBe(2)
  expect(ratio(found, 'a', 'missing', (one) => one.cpuUsPerChunk)).toBe(1)
})

test('relays are driven forth and back, and every delivery counts', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const order: string[] = []
  const relay = (name: string): LoadedRelay => {
    let hear: (chunks: number) => void = () => {}
    return {
      name,
      pids: [process.pid],
      close: () => Promise.resolve(),
      sessions: [
        {
          readers: 2,
          onDelivered: (listener) => {
            order.push(name)
            hear = listener
          },
          say: (chunks) => {
            setTimeout(() => hear(chunks), 1)
            setTimeout(() => hear(chunks), 2)
          },
        },
      ],
    }
  }
  const saturated = saturate([relay('a'), relay('b')], 2, 40)
  await vi.advanceTimersByTimeAsync(60_000)
  const found = await saturated
  expect(order).toEqual(['a', 'b', 'a', 'b', 'b', 'a'])
  for (const rounds of found.values()) {
    expect(rounds).toHaveLength(2)
    for (const { deliveriesPerSecond } of rounds) expect(deliveriesPerSecond).toBeGreaterThan(500)
  }
})
