import { effectScope, nextTick } from 'vue'
import { expect, test, vi } from 'vitest'
import { nextSlice, useSlices } from './useSlices.ts'

test('what was asked for comes a slice per frame, and ends with its scope', () => {
  vi.useFakeTimers()
  const scope = effectScope()
  const { shown, ask } = scope.run(() => useSlices(200)) ?? expect.fail()
  ask(450)
  const seen = [0, 1, 2].map(() => {
    vi.advanceTimersToNextFrame()
    return shown.value
  })
  expect(seen[0]).toBe(200)
  expect(seen[2]).toBe(450)
  vi.advanceTimersToNextFrame()
  ask(500)
  vi.advanceTimersToNextFrame()
  scope.stop()
  vi.advanceTimersToNextFrame()
  expect(shown.value).toBe(650)
  vi.useRealTimers()
})

test('a frame in which something else has moved is left to it', async () => {
  vi.useFakeTimers()
  const scope = effectScope()
  let moves = 0
  const { shown, ask } = scope.run(() => useSlices(4, () => moves)) ?? expect.fail()
  ask(100)
  moves += 1
  vi.advanceTimersToNextFrame()
  expect(shown.value).toBe(0)
  vi.advanceTimersToNextFrame()
  expect(shown.value).toBe(4)
  // The view follows what the slice itself has drawn.
  moves += 1
  await nextTick()
  vi.advanceTimersToNextFrame()
  expect(shown.value).toBeGreaterThan(4)
  scope.stop()
  vi.useRealTimers()
})

test('a slice is as large as a frame has time for', () => {
  expect(nextSlice(100, 16, 100)).toBeGreaterThan(100)
  expect(nextSlice(100, 20, 100)).toBe(100)
  expect(nextSlice(100, 40, 100)).toBeLessThan(100)
  // One slow frame halves it at most, and it never comes to a halt.
  expect(nextSlice(100, 5_000, 100)).toBe(50)
  expect(nextSlice(50, 5_000, 100)).toBe(25)
  expect(nextSlice(25, 5_000, 100)).toBe(25)
  // Nor does it grow without an end where frames are quick.
  expect(nextSlice(800, 1, 100)).toBe(800)
})
