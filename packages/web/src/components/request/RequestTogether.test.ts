import { FarhandError, type RequestBody, type RequestItem } from '@farhand/shared'
import { flushPromises, mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { nextTick } from 'vue'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ARMED_AFTER_MS } from '../../composables/useArmed.ts'
import { CONVERSATION } from '../../composables/useConversation.ts'
import { useNoticeStore } from '../../stores/noticeStore.ts'
import { useTimelineStore } from '../../stores/timelineStore.ts'
import { buildConversation } from '../../testing/conversation.ts'
import RequestTogether from './RequestTogether.vue'

beforeEach(() => {
  setActivePinia(createPinia())
  vi.useFakeTimers()
})
afterEach(() => vi.useRealTimers())

function ask(requestId: string): RequestItem {
  const digest = 'd'
  const input = { command: `npm test ${requestId}\u202E` }
  const request: RequestBody = { requestId, digest, type: 'permission', tool: 'Bash', input }
  const state = { name: 'open' } as const
  return { id: requestId, commandId: 'c', at: 0, seq: 1, type: 'request', requestId, digest, request, state }
}

function show(items: RequestItem[], decide: (request: { requestId: string }) => Promise<void>) {
  const asked = vi.fn(decide)
  const conversation = buildConversation(useTimelineStore().open('s'), { decide: asked })
  const view = mount(RequestTogether, {
    props: { items, inert: false },
    global: { provide: { [CONVERSATION]: conversation } },
    attachTo: document.body,
  })
  const arm = async (): Promise<void> => {
    vi.advanceTimersToNextFrame()
    vi.advanceTimersByTime(ARMED_AFTER_MS)
    await nextTick()
  }
  return { view, asked, arm, allow: () => view.get('form').trigger('submit') }
}

test('each is shown whole and gets a decision of its own, not before the list could be seen', async () => {
  const { view, asked, arm, allow } = show([ask('a'), ask('b')], () => Promise.resolve())
  expect(view.text()).toContain('npm test a⟨U+202E⟩')
  expect(view.text()).toContain('npm test b⟨U+202E⟩')
  expect(document.activeElement?.getAttribute('role')).toBe('region')
  await allow()
  expect(asked).not.toHaveBeenCalled()
  await arm()
  await allow()
  expect(asked.mock.calls).toEqual(
    ['a', 'b'].map((requestId) => [expect.objectContaining({ requestId }), { behavior: 'allow', scope: 'once' }]),
  )
  view.unmount()
})

test('one that was answered elsewhere leaves, and the button waits a moment more; with none left it is over', async () => {
  const { view, asked, arm, allow } = show([ask('a'), ask('b'), ask('c')], () => Promise.resolve())
  await arm()
  await view.setProps({ items: [ask('a'), ask('c')] })
  await allow()
  expect([view.get('button').text(), asked.mock.calls.length]).toEqual(['Allow all 2 once', 0])
  await view.setProps({ items: [] })
  expect(view.emitted('back')).toHaveLength(1)
  view.unmount()
})

test('a refusal is told; that somebody else was first is told by the log', async () => {
  const refused: Record<string, FarhandError> = {
    a: new FarhandError('ALREADY_DECIDED', 'first'),
    b: new FarhandError('RATE_LIMITED', 'Too many.'),
  }
  const { view, arm, allow } = show([ask('a'), ask('b'), ask('c')], ({ requestId }) => {
    const error = refused[requestId]
    return error === undefined ? Promise.resolve() : Promise.reject(error)
  })
  await arm()
  await allow()
  await flushPromises()
  expect(useNoticeStore().text).toBe('One request was not allowed: Too many.')
  view.unmount()
})
