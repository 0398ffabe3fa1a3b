import { TELL_AFTER_MS, type NoteKind, type SessionSummary } from '@farhand/shared'
import { flushPromises, mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { nextTick } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Note, Notifier } from '../../services/notify.ts'
import { useConnectionStore } from '../../stores/connectionStore.ts'
import { tellSession } from '../../testing/toldSession.ts'
import { usePreferences } from '../preferences/preferences.ts'
import { useNews } from './useNews.ts'
import { useNotifications } from './useNotifications.ts'

beforeEach(() => {
  setActivePinia(createPinia())
  vi.useFakeTimers()
})
afterEach(() => vi.useRealTimers())

const blank = { render: () => null }

/** A tab that is told of one session at work; `places`: what tabs show. */
async function openTab({ leads = true, wishes = ['need'] as NoteKind[], places = [] as string[] } = {}) {
  usePreferences().prefer({ notify: wishes })
  const shown = new Map<string, Note>()
  let open = (_path: string): void => {}
  const notifier: Notifier = {
    permission: () => 'granted',
    ask: () => Promise.resolve('granted'),
    show: (note) => Promise.resolve(void shown.set(note.sessionId, note)),
    shown: () =>
      Promise.resolve([...shown.values()].map((note) => ({ ...note, close: () => shown.delete(note.sessionId) }))),
    onOpen(listener) {
      open = listener
      return () => {}
    },
  }
  const router = createRouter({
    history: createMemoryHistory(),
    routes: ['/', '/s/:sessionId'].map((path) => ({ path, component: blank })),
  })
  const parts = {
    notifier,
    looks: { at: () => {}, places: () => Promise.resolve(places) },
    stand: () => ({ leads: () => leads, resign: () => {} }),
  }
  const connection = useConnectionStore()
  const tab = mount(
    { setup: () => useNotifications(useNews(), parts), render: () => null },
    { global: { plugins: [router] } },
  )
  connection.setLink({ name: 'connected', since: 0 })
  await nextTick()
  async function tell(part: Partial<SessionSummary>): Promise<void> {
    await tellSession(part)
    await flushPromises()
  }
  await tell({})
  return {
    tell,
    router,
    close: () => tab.unmount(),
    open: (path: string) => open(path),
    titles: () => [...shown.values()].map(({ title }) => title),
  }
}

async function wait(): Promise<void> {
  await vi.advanceTimersByTimeAsync(TELL_AFTER_MS)
  await flushPromises()
}

test('a request that still waits is told, by its session’s title, and closed when it was answered elsewhere', async () => {
  const { tell, titles, close } = await openTab()
  await tell({ attention: 1, head: 6 })
  expect(titles()).toEqual([])
  await wait()
  expect(titles()).toEqual(['Needs you: Fix it'])
  await tell({ attention: 0, head: 8 })
  expect(titles()).toEqual([])
  close()
})

test('what was answered or read within the first moments is told to nobody', async () => {
  const { tell, titles, close } = await openTab()
  await tell({ attention: 1, head: 6 })
  await tell({ attention: 1, head: 6, readUpTo: 6 })
  await wait()
  expect(titles()).toEqual([])
  close()
})

test.each([
  ['another tab leads', { leads: false }],
  ['a tab shows the session', { places: ['s'] }],
  ['it was not chosen', { wishes: ['failed' as const] }],
])('nothing is told where %s', async (_why, how) => {
  const { tell, titles, close } = await openTab(how)
  await tell({ attention: 1, head: 6 })
  await wait()
  expect(titles()).toEqual([])
  close()
})

test('a pressed notification opens its session', async () => {
  const { open, router, close } = await openTab()
  open('/s/s')
  await vi.waitFor(() => expect(router.currentRoute.value.params['sessionId']).toBe('s'))
  close()
})
