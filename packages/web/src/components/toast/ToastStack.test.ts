import { flushPromises, mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { defineComponent, h } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { provideShell } from '../../composables/useShell.ts'
import { RELAY } from '../../composables/useWebSocket.ts'
import { useNoticeStore } from '../../stores/noticeStore.ts'
import { useProjectStore } from '../../stores/projectStore.ts'
import { useToastStore } from '../../stores/toastStore.ts'
import { fakeRelay } from '../../testing/world.ts'
import ToastStack from './ToastStack.vue'

const HOSTILE = '<img src=x onerror="alert(1)"> \u202Etxt'
const ARMED_MS = 600
/** Longer than it takes to leave. */
const LEFT_MS = 400
const PATIENCE_MS = 5_000
let closePage = (): void => {}
beforeEach(() => setActivePinia(createPinia()))
afterEach(() => closePage())

/** The toasts over a page with a message box, which has the focus. */
async function openPage({ first = () => {} } = {}) {
  const blank = { render: () => null }
  const router = createRouter({
    history: createMemoryHistory(),
    routes: ['/', '/s/:sessionId'].map((path) => ({ path, component: blank })),
  })
  await router.push('/s/here')
  const projects = useProjectStore()
  for (const [sessionId, title] of [
    ['a', HOSTILE],
    ['b', 'Fix it'],
  ] as const)
    projects.applyUpdate({
      projectId: 'p',
      session: {
        ...{ sessionId, projectId: 'p', title, head: 5, running: 1, attention: 1, readUpTo: 2 },
        ...{ archived: false, pinned: false, createdAt: 0, updatedAt: 0 },
      },
    })
  first()
  const Page = defineComponent(() => {
    provideShell()
    return () => [h('main', { id: 'main', tabindex: -1 }, h('textarea')), h(ToastStack)]
  })
  const page = mount(Page, {
    attachTo: document.body,
    global: { plugins: [router], provide: { [RELAY as symbol]: fakeRelay(() => ({})).relay } },
  })
  closePage = () => page.unmount()
  await flushPromises()
  page.get('textarea').element.focus()
  return { page, router, texts: () => page.findAll('[data-toast]').map((one) => one.text()) }
}

const need = (sessionId: string) => ({ sessionId, kind: 'need', seq: 5, about: '' }) as const

test('a title is text, whatever it is called, and none of it goes astray', async () => {
  const { page, texts } = await openPage()
  useToastStore().show(need('a'))
  await flushPromises()
  expect(texts()[0]).toContain(`Needs you: ${HOSTILE}`)
  expect(page.find('img').exists()).toBe(false)
  expect(page.get('bdi').text()).toBe(HOSTILE)
})

test('what was told before its file was there is shown when it is', async () => {
  const { texts } = await openPage({ first: () => useToastStore().show(need('b')) })
  await new Promise((wake) => setTimeout(wake, LEFT_MS))
  expect(texts()).toHaveLength(1)
  expect(useToastStore().toasts).toHaveLength(1)
})

test('a press leads to the request, closes the toast, and leaves the focus on the page', async () => {
  const { page, router, texts } = await openPage()
  useToastStore().show(need('b'))
  await flushPromises()
  const review = page.get('button.go')
  await review.trigger('click')
  expect(useToastStore().toasts).toHaveLength(1) // it has only just come under the pointer
  await new Promise((wake) => setTimeout(wake, ARMED_MS))
  page.get<HTMLElement>('button.go').element.focus()
  await review.trigger('click')
  await vi.waitFor(() => expect(router.currentRoute.value.fullPath).toBe('/s/b?focus=decision'), {
    timeout: PATIENCE_MS,
  })
  expect(useToastStore().toasts).toEqual([])
  expect(document.activeElement?.id).toBe('main')
  await vi.waitFor(() => expect(texts()).toEqual([]), { timeout: PATIENCE_MS })
})

test('Esc closes the toast that has the focus and gives it back; elsewhere it closes none', async () => {
  const { page } = await openPage()
  const toasts = useToastStore()
  toasts.show(need('b'))
  await flushPromises()
  await page.get('textarea').trigger('keydown', { key: 'Escape' })
  expect(toasts.toasts).toHaveLength(1)
  const stack = page.get<HTMLElement>('#toasts')
  stack.element.focus()
  expect(document.activeElement?.textContent).toContain('Review')
  await page.get('button.go').trigger('keydown', { key: 'Escape' })
  await flushPromises()
  expect(toasts.toasts).toEqual([])
  expect(document.activeElement).toBe(page.get('textarea').element)
})

test('what is answered elsewhere while it has the focus does not take it along', async () => {
  const { page } = await openPage()
  const toasts = useToastStore()
  toasts.show(need('b'))
  await flushPromises()
  page.get<HTMLElement>('#toasts').element.focus()
  toasts.close('b')
  await flushPromises()
  expect(document.activeElement).toBe(page.get('textarea').element)
})

test('a notice is shown among them, can be closed, and the next one is another', async () => {
  const { page, texts } = await openPage()
  const notices = useNoticeStore()
  notices.show('Copied.')
  await flushPromises()
  expect(texts()).toEqual(['Copied.'])
  await page.get('[data-toast] button').trigger('click')
  expect(notices.text).toBe('')
  notices.show('Copied again.')
  await flushPromises()
  expect(texts()).toContain('Copied again.')
  await vi.waitFor(() => expect(texts()).toEqual(['Copied again.']), { timeout: PATIENCE_MS })
  expect(page.findAll('[aria-live=off]')).toHaveLength(2) // the page's own voice says it
})
