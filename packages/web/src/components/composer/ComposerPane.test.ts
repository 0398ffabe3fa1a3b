import { mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { nextTick, ref } from 'vue'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { CONVERSATION } from '../../composables/useConversation.ts'
import { RELAY } from '../../composables/useWebSocket.ts'
import { useAttachmentStore } from '../../stores/attachmentStore.ts'
import { useTimelineStore } from '../../stores/timelineStore.ts'
import { buildConversation } from '../../testing/conversation.ts'
import { fakeRelay } from '../../testing/world.ts'
import ComposerPane from './ComposerPane.vue'

const PATIENCE_MS = 5_000

let release: (answer: Response) => void
beforeEach(() => {
  setActivePinia(createPinia())
  const held = new Promise<Response>((resolve) => (release = resolve))
  vi.stubGlobal('fetch', async () => (await held).clone())
})
afterEach(() => vi.unstubAllGlobals())

function open() {
  const draft = { text: ref('look'), caret: ref(0), sent: () => {}, isTyped: () => true, add: () => {} }
  const pane = mount(ComposerPane, {
    props: { draft, projectId: 'p', placeholder: '', running: false, stopping: false, canStop: true, folded: false },
    global: {
      provide: {
        [CONVERSATION]: buildConversation(useTimelineStore().open('s')),
        [RELAY]: fakeRelay(() => ({ result: { commands: [] } })).relay,
      },
    },
  })
  const file = new File(['hello'], 'a.txt', { type: 'text/plain' })
  const send = () => pane.get('form').trigger('submit')
  return { pane, draft, send, attach: () => useAttachmentStore().add('s', 'p', [file]) }
}
const up = (): void => release(Response.json({ ok: true, received: 5 }))

test('Send waits for what is going up, and says so; then text and files go', async () => {
  const { pane, send, attach } = open()
  await attach()
  await send()
  expect(pane.emitted('send')).toBeUndefined()
  expect(pane.text()).toContain('Sends when 1 file is up')
  up()
  await vi.waitUntil(() => pane.emitted('send') !== undefined, { timeout: PATIENCE_MS })
  expect(pane.emitted('send')).toEqual([
    ['look', [{ id: expect.any(String), name: 'a.txt', mediaType: 'text/plain', bytes: 5 }]],
  ])
})

test('who does not want to wait any more goes on typing', async () => {
  const { pane, send, attach } = open()
  await attach()
  await send()
  const button = pane.findAll('button').find((each) => each.text() === 'Don’t send yet')
  await button?.trigger('click')
  up()
  await vi.waitUntil(() => pane.find('[data-state=ready]').exists(), { timeout: PATIENCE_MS })
  expect(pane.emitted('send')).toBeUndefined()
})

test('a file that can’t be brought up holds the message back, and the text stays', async () => {
  const { pane, draft, send, attach } = open()
  await attach()
  await send()
  release(Response.json({ ok: false, error: { code: 'TOO_LARGE', message: 'No room.', retryable: false } }))
  await vi.waitUntil(() => pane.find('[data-state=failed]').exists(), { timeout: PATIENCE_MS })
  expect(pane.emitted('send')).toBeUndefined()
  expect(pane.text()).toContain('Not sent: 1 file is not up')
  expect(draft.text.value).toBe('look')
  await pane.get('[aria-label="Remove a.txt"]').trigger('click')
  await send()
  expect(pane.emitted('send')).toEqual([['look', []]])
})

test('files go without a text', async () => {
  const { pane, draft, send, attach } = open()
  draft.text.value = ''
  await nextTick()
  up()
  await attach()
  await vi.waitUntil(() => pane.find('[data-state=ready]').exists(), { timeout: PATIENCE_MS })
  await send()
  expect(pane.emitted('send')?.[0]?.[1]).toHaveLength(1)
})
