import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { perform, shifted } from './work.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const work = { chunkBytes: 100, chunksPerSecond: 50, chunks: 10 }

test('chunks are said when they fall due, and all of them', async () => {
  let said = 0
  const done = perform({ ...work, startAfterMs: 0 }, () => (said += 1))
  await vi.advanceTimersByTimeAsync(101)
  expect(said).toBe(5)
  await vi.advanceTimersByTimeAsync(200)
  await done
  expect(said).toBe(10)
})

test('sessions are shifted evenly against each other', () => {
  expect([0, 1, 3].map((session) => shifted(work, session, 4).startAfterMs)).toEqual([0, 5, 15])
})

test('what fell due while the process was busy comes as a pipe would give it', async () => {
  const sizes: number[] = []
  let said = 0
  const flood = { chunkBytes: 64 * 1024, chunksPerSecond: 100_000, chunks: 100, startAfterMs: 0 }
  const done = perform(flood, () => (said += 1))
  while (said < 100) {
    const before = said
    await vi.advanceTimersByTimeAsync(4)
    sizes.push(said - before)
  }
  await done
  expect(Math.max(...sizes)).toBe(4)
})
