import { enableAutoUnmount, flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { SESSION_ID, showOnPage } from '../../testing/page.ts'
import SessionDelete from './SessionDelete.vue'

beforeEach(() => setActivePinia(createPinia()))
enableAutoUnmount(afterEach)
const props = { sessionId: SESSION_ID, title: 'Fix it' }

test('Claude Code’s own record stays unless it is asked for', async () => {
  const page = await showOnPage(SessionDelete, { props })
  expect(page.text()).toContain('On studio stay: Claude Code’s own record')
  await page.press('Delete')
  expect(page.asked).toEqual([{ event: 'update_session', payload: { sessionId: SESSION_ID, deleted: true } }])
  await flushPromises()
  expect(page.router.currentRoute.value.name).toBe('home')
})

test('it goes, too, where that was asked for', async () => {
  const page = await showOnPage(SessionDelete, { props })
  page.boxes()[0]?.click()
  await flushPromises()
  expect(page.text()).not.toContain('On studio stay: Claude Code’s own record')
  await page.press('Delete')
  expect(page.asked).toEqual([
    { event: 'update_session', payload: { sessionId: SESSION_ID, deleted: true, transcript: true } },
  ])
})

test('a machine that is away can’t be asked for it', async () => {
  const page = await showOnPage(SessionDelete, { props, online: false })
  expect(page.boxes()[0]?.disabled).toBe(true)
  expect(page.text()).toContain('studio is not connected')
})
