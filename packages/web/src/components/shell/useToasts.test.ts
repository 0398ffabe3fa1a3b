import { LONG_RUN_MS, TELL_AFTER_MS } from '@farhand/shared'
import { mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { nextTick } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { useAnnounceStore } from '../../stores/announceStore.ts'
import { useConnectionStore } from '../../stores/connectionStore.ts'
import { useNoticeStore } from '../../stores/noticeStore.ts'
import { useToastStore } from '../../stores/toastStore.ts'
import { tellSession } from '../../testing/toldSession.ts'
import { useNews } from './useNews.ts'
import { useToasts } from './useToasts.ts'

let closeTab = (): void => {}
beforeEach(() => {
  setActivePinia(createPinia())
  vi.useFakeTimers()
})
afterEach(() => {
  closeTab()
  vi.useRealTimers()
})

const blank = { render: () => null }

/** A tab that shows session `here` and knows of session `s`, which is at work. */
async function openTab({ at = '/s/here' } = {}) {
  const router = createRouter({
    history: createMemoryHistory(),
    routes: ['/', '/s/:sessionId'].map((path) => ({ path, component: blank })),
  })
  await router.push(at)
  const [connection, toasts] = [useConnectionStore(), useToastStore()]
  const tab = mount({ setup: () => useToasts(useNews()), render: () => null }, { global: { plugins: [router] } })
  closeTab = () => tab.unmount()
  connection.setLink({ name: 'connected', since: 0 })
  await nextTick()
  await tellSession({})
  return {
    tell: tellSession,
    router,
    shown: () => toasts.toasts.map(({ sessionId, kind, about }) => ({ sessionId, kind, about })),
  }
}

const wait = (): Promise<unknown> => vi.advanceTimersByTimeAsync(TELL_AFTER_MS)

function setVisibility(state: 'visible' | 'hidden'): void {
  vi.spyOn(document, 'visibilityState', 'get').mockReturnValue(state)
  document.dispatchEvent(new Event('visibilitychange'))
}

const asks = { attention: 1, head: 6 }
const need = { sessionId: 's', kind: 'need', about: '' }

test('a request of another session is shown and read out at once; answered elsewhere, it goes', async () => {
  const { tell, shown } = await openTab()
  await tell(asks)
  expect(shown()).toEqual([])
  await wait()
  expect(shown()).toEqual([need])
  expect(useAnnounceStore().assertive).toBe('Needs you: Fix it')
  await tell({ attention: 0, head: 7 })
  expect(shown()).toEqual([])
})

test('a failure says what is wrong, and is read out in its turn', async () => {
  const { tell, shown } = await openTab()
  await tell({ running: 0, lastStatus: 'error', lastCode: 'CLAUDE_EXIT', head: 7 })
  await wait()
  expect(shown()).toMatchObject([{ kind: 'failed', about: expect.stringContaining('Claude Code') as string }])
  expect(useAnnounceStore()).toMatchObject({ polite: 'Failed: Fix it', assertive: '' })
})

test('the end of a long run is shown quietly, that of a short one is not', async () => {
  const { tell, shown } = await openTab()
  await tell({ running: 0, lastStatus: 'complete', head: 8 })
  await wait()
  expect(shown()).toEqual([])
  await tell({ head: 9 })
  await vi.advanceTimersByTimeAsync(LONG_RUN_MS)
  await tell({ running: 0, lastStatus: 'complete', head: 11 })
  await wait()
  expect(shown()).toMatchObject([{ kind: 'finished' }])
  expect(useAnnounceStore()).toMatchObject({ polite: 'Finished: Fix it', assertive: '' })
})

test('nothing is shown of the session that the tab shows, and what is goes when it is opened', async () => {
  const { tell, shown, router } = await openTab({ at: '/s/s' })
  await tell(asks)
  await wait()
  expect(shown()).toEqual([])
  await router.push('/')
  await tell({ ...asks, attention: 2, head: 7 })
  await wait()
  expect(shown()).toEqual([need])
  await router.push('/s/s')
  await nextTick()
  expect(shown()).toEqual([])
})

test.each([
  ['read on another device', { ...asks, readUpTo: 6 }],
  ['archived', { ...asks, archived: true }],
  ['deleted', { deleted: true }],
])('what is %s goes', async (_how, change) => {
  const { tell, shown } = await openTab()
  await tell(asks)
  await wait()
  expect(shown()).toEqual([need])
  await tell(change)
  expect(shown()).toEqual([])
})

test('what came while nobody could see the tab is shown to whoever comes back, if it still waits', async () => {
  const { tell, shown } = await openTab()
  setVisibility('hidden')
  await tell(asks)
  await tell({ sessionId: 'answered', createdAt: Date.now(), ...asks })
  await wait()
  await tell({ sessionId: 'answered', createdAt: Date.now(), attention: 0, head: 7 })
  expect(shown()).toEqual([])
  setVisibility('visible')
  await nextTick()
  expect(shown()).toEqual([need])
})

test('a good end that nobody saw is not told to whoever comes back', async () => {
  const { tell, shown } = await openTab()
  setVisibility('hidden')
  await vi.advanceTimersByTimeAsync(LONG_RUN_MS)
  await tell({ running: 0, lastStatus: 'complete', head: 8 })
  await wait()
  setVisibility('visible')
  await nextTick()
  expect(shown()).toEqual([])
})

test('a title can’t change the direction of what is read out, and a notice is read out once', async () => {
  const { tell } = await openTab()
  await tell({ ...asks, title: 'a\u202Eb' })
  await wait()
  const announce = useAnnounceStore()
  expect(announce.assertive).toBe('Needs you: a⟨U+202E⟩b')
  useNoticeStore().show('Copied.')
  await nextTick()
  expect(announce.polite).toBe('Copied.')
  await vi.advanceTimersByTimeAsync(10_000)
  expect(announce.polite).toBe('Copied.')
})
