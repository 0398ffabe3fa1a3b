import { flushPromises, mount } from '@vue/test-utils'
import { createMemoryHistory, createRouter } from 'vue-router'
import { afterEach, expect, test } from 'vitest'
import { reactive } from 'vue'
import { useDecisionFocus } from './useDecisionFocus.ts'

afterEach(() => (document.body.innerHTML = ''))

/** A session's page at this address; nothing is known of it yet. */
async function open(path: string) {
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/s/:id', component: {} }] })
  await router.push(path)
  document.body.innerHTML = '<section id="request-card" tabindex="-1"></section>'
  const session = reactive({ waits: false, live: false })
  const setup = () => useDecisionFocus({ waits: () => session.waits, live: () => session.live })
  mount({ setup, render: () => null }, { global: { plugins: [router] } })
  await flushPromises()
  return { router, session, focused: () => document.activeElement?.id }
}

test('what waits gets the focus as soon as it is there, once', async () => {
  const { router, session, focused } = await open('/s/a?focus=decision&project=p')
  expect(router.currentRoute.value.fullPath).toBe('/s/a?focus=decision&project=p')
  session.waits = true
  await flushPromises()
  expect(focused()).toBe('request-card')
  expect(router.currentRoute.value.fullPath).toBe('/s/a?project=p')
})

test('where nothing waits any more the address says so no longer, and without the wish nothing moves', async () => {
  const over = await open('/s/a?focus=decision')
  over.session.live = true
  await flushPromises()
  expect(over.router.currentRoute.value.fullPath).toBe('/s/a')
  const plain = await open('/s/a')
  plain.session.waits = true
  await flushPromises()
  expect(plain.focused()).toBe('')
})
