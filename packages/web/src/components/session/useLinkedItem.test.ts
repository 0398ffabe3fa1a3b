import { flushPromises, mount } from '@vue/test-utils'
import { createMemoryHistory, createRouter } from 'vue-router'
import { beforeEach, expect, test } from 'vitest'
import { wantedItem } from '../conversation/reveal.ts'
import { useLinkedItem } from './useLinkedItem.ts'

beforeEach(() => (wantedItem.value = undefined))

/** A session's page at this address. */
async function open(path: string) {
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/s/:id', component: {} }] })
  await router.push(path)
  let led: boolean | undefined
  const setup = () => void (led = useLinkedItem('a'))
  mount({ setup, render: () => null }, { global: { plugins: [router] } })
  return { router, led, path: () => router.currentRoute.value.fullPath }
}

test('a link leads to its item, and leaves the address once it is shown; a second one too', async () => {
  const { router, led, path } = await open('/s/a?project=p#412/text%3Ac%3Ak')
  expect([led, wantedItem.value]).toEqual([true, { sessionId: 'a', itemId: 'text:c:k', seq: 412 }])
  expect(path()).toContain('#412')
  wantedItem.value = undefined
  await flushPromises()
  expect(path()).toBe('/s/a?project=p')
  await router.push('/s/a#7/b')
  await flushPromises()
  expect(wantedItem.value).toEqual({ sessionId: 'a', itemId: 'b', seq: 7 })
})

test('without a link nobody is led, and nothing is taken from the address', async () => {
  const { led, path } = await open('/s/a#other')
  wantedItem.value = { sessionId: 'a', itemId: 'b' }
  wantedItem.value = undefined
  await flushPromises()
  expect([led, path()]).toEqual([false, '/s/a#other'])
})
