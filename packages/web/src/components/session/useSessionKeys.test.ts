import { createPinia, setActivePinia } from 'pinia'
import { effectScope } from 'vue'
import { beforeEach, expect, test, vi } from 'vitest'
import { useSessionKeys } from './useSessionKeys.ts'

beforeEach(() => setActivePinia(createPinia()))

test('Esc held down stops nothing; pressed twice it stops the run', () => {
  const stop = vi.fn()
  const scope = effectScope()
  scope.run(() => useSessionKeys({ focusComposer() {}, toggleRun() {}, canStop: () => true, stop }))
  const press = (repeat: boolean) => window.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', repeat }))
  press(false)
  for (let times = 0; times < 20; times += 1) press(true)
  expect(stop).not.toHaveBeenCalled()
  press(false)
  expect(stop).toHaveBeenCalledOnce()
  scope.stop()
})
