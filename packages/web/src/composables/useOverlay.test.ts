import { effectScope } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { closeOnBack, useOverlay } from './useOverlay.ts'

const page = { render: () => null }
const router = createRouter({
  history: createMemoryHistory(),
  routes: ['/', '/a', '/b'].map((path) => ({ path, component: page })),
})
let undo: () => void
beforeEach(async () => {
  undo = closeOnBack(router)
  await router.push('/a')
})
afterEach(() => undo())

/** As a browser tells of it; the router hears it in the same task. */
async function stepTo(path: string): Promise<void> {
  window.dispatchEvent(new PopStateEvent('popstate'))
  await router.push(path)
}

test('a step back closes what stands on top, and only then leaves the page', async () => {
  const scopes = [effectScope(), effectScope()]
  const closes = scopes.map((scope) => vi.fn(() => scope.stop()))
  scopes.forEach((scope, index) => scope.run(() => useOverlay(closes[index] ?? (() => {}))))
  await stepTo('/')
  expect(closes.map((close) => close.mock.calls.length)).toEqual([0, 1])
  expect(router.currentRoute.value.path).toBe('/a')
  await stepTo('/')
  expect(closes.map((close) => close.mock.calls.length)).toEqual([1, 1])
  await stepTo('/')
  expect(router.currentRoute.value.path).toBe('/')
})

test('a link in what stands over the page is no step back, even right after one', async () => {
  const scope = effectScope()
  const close = vi.fn()
  scope.run(() => useOverlay(close))
  window.dispatchEvent(new PopStateEvent('popstate'))
  await new Promise((later) => setTimeout(later, 5))
  await router.push('/b')
  expect(router.currentRoute.value.path).toBe('/b')
  expect(close).not.toHaveBeenCalled()
  scope.stop()
})
