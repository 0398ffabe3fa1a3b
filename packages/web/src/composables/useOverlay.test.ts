import { flushPromises } from '@vue/test-utils'
import { effectScope } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'
import { expect, test, vi } from 'vitest'
import { closeOnBack, useOverlay } from './useOverlay.ts'

async function walk(...paths: string[]) {
  const routes = ['/', '/a', '/b'].map((path) => ({ path, component: { render: () => null } }))
  const router = createRouter({ history: createMemoryHistory(), routes })
  for (const path of paths) await router.push(path)
  const undo = closeOnBack(router)
  return { router, undo, here: () => router.currentRoute.value.path }
}

function open() {
  const scope = effectScope()
  const close = vi.fn(() => scope.stop())
  scope.run(() => useOverlay(close))
  return { close, times: () => close.mock.calls.length }
}

test('a step back closes what stands on top, and only then leaves the page', async () => {
  const { router, undo, here } = await walk('/', '/a')
  const [below, above] = [open(), open()]
  const stepBack = async () => {
    router.back()
    await flushPromises()
    return [here(), below.times(), above.times()]
  }
  expect(await stepBack()).toEqual(['/a', 0, 1])
  expect(await stepBack()).toEqual(['/a', 1, 1])
  expect(await stepBack()).toEqual(['/', 1, 1])
  undo()
})

test('a link in what stands over the page leads where it says, right after a refused step too', async () => {
  const { router, undo, here } = await walk('/', '/a')
  const [below, above] = [open(), open()]
  router.back()
  await flushPromises()
  await router.push('/b')
  expect([here(), below.times(), above.times()]).toEqual(['/b', 0, 1])
  undo()
  below.close()
})
