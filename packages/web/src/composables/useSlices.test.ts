import { effectScope } from 'vue'
import { expect, test, vi } from 'vitest'
import { useSlices } from './useSlices.ts'

test('what was asked for comes a slice per frame, and ends with its scope', () => {
  vi.useFakeTimers()
  const scope = effectScope()
  const { shown, ask } = scope.run(() => useSlices(200)) ?? expect.fail()
  ask(450)
  const seen = [0, 1, 2, 3].map(() => {
    vi.advanceTimersToNextFrame()
    return shown.value
  })
  expect(seen).toEqual([200, 400, 450, 450])
  ask(500)
  vi.advanceTimersToNextFrame()
  scope.stop()
  vi.advanceTimersToNextFrame()
  expect(shown.value).toBe(650)
  vi.useRealTimers()
})
