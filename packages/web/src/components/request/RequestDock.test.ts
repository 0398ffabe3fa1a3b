import { buildLog } from '@farhand/shared/testing'
import { mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { nextTick } from 'vue'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { CONVERSATION } from '../../composables/useConversation.ts'
import { useConnectionStore } from '../../stores/connectionStore.ts'
import { FLUSH_MS } from '../../stores/pace.ts'
import { useTimelineStore } from '../../stores/timelineStore.ts'
import { buildConversation } from '../../testing/conversation.ts'
import RequestDock from './RequestDock.vue'
import RequestPermission from './RequestPermission.vue'

beforeEach(() => {
  setActivePinia(createPinia())
  vi.useFakeTimers()
  useConnectionStore().setLink({ name: 'connected', since: 0 })
})
afterEach(() => vi.useRealTimers())

const DIGEST = 'a'.repeat(64)
const request = (id: string) => ({
  kind: 'request',
  key: id,
  digest: DIGEST,
  response: { requestId: id, digest: DIGEST, type: 'permission', tool: 'Bash', input: { command: `run ${id}` } },
})
const decision = (id: string) => ({
  kind: 'decision',
  key: id,
  response: { requestId: id, digest: DIGEST, behavior: 'allow', scope: 'once' },
})

/** The dock of a session that says what a test lets it say; `stream` says a piece of text with each flush. */
function showDock(lines: Parameters<typeof buildLog>[0]) {
  const timeline = useTimelineStore()
  const log = timeline.open('s')
  let said = lines
  let folded = 0
  const fold = (): void => {
    timeline.append('s', buildLog(said).slice(folded))
    folded = said.length
  }
  fold()
  timeline.flush()
  const dock = mount(RequestDock, { global: { provide: { [CONVERSATION]: buildConversation(log) } } })
  async function say(...more: Parameters<typeof buildLog>[0]): Promise<void> {
    said = [...said, ...more]
    fold()
    timeline.flush()
    await nextTick()
  }
  async function stream(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += FLUSH_MS) {
      await say({ kind: 'text', key: 'm:0', response: 'x' })
      vi.advanceTimersByTime(FLUSH_MS)
      await nextTick()
    }
  }
  return { dock, say, stream }
}

test('an outcome leaves after its time, whatever streams meanwhile', async () => {
  const { dock, say, stream } = showDock([request('r1')])
  expect(dock.text()).toContain('run r1')
  await say(decision('r1'))
  expect(dock.text()).toMatch(/^Allowed once/)
  await stream(4_000)
  expect(dock.text()).toMatch(/^Allowed once/)
  await stream(1_500)
  expect(dock.text()).toBe('')
})

test('the next request comes after its pause, whatever streams meanwhile', async () => {
  const { dock, say, stream } = showDock([request('r1'), request('r2')])
  await say(decision('r1'))
  await stream(1_000)
  expect(dock.text()).toMatch(/^Allowed once/)
  await stream(500)
  expect(dock.text()).toContain('run r2')
  dock.unmount()
})

test('what is alike is allowed in one go, after it was shown', async () => {
  const { dock } = showDock([request('r1'), request('r2')])
  expect(dock.findComponent(RequestPermission).props('alike')).toBe(2)
  dock.findComponent(RequestPermission).vm.$emit('together')
  vi.useRealTimers()
  await vi.waitFor(() => expect(dock.text()).toContain('run r2'), { timeout: 5_000 })
  expect(dock.text()).toMatch(/^2 requests to use Bash.*run r1/)
  dock.unmount()
})
