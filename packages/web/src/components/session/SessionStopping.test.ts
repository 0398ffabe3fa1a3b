import { buildLog, COMMAND_ID } from '@farhand/shared/testing'
import { mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { nextTick } from 'vue'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { CONVERSATION } from '../../composables/useConversation.ts'
import { useConnectionStore } from '../../stores/connectionStore.ts'
import { useTimelineStore } from '../../stores/timelineStore.ts'
import { buildConversation } from '../../testing/conversation.ts'
import SessionStopping from './SessionStopping.vue'
import { FORCE_AFTER_MS, SILENT_AFTER_MS } from './stopStage.ts'

beforeEach(() => {
  setActivePinia(createPinia())
  vi.useFakeTimers()
  useConnectionStore().setLink({ name: 'connected', since: 0 })
})
afterEach(() => vi.useRealTimers())

test('[CMD5] force is offered when a stop is not answered, and its silence is told', async () => {
  const timeline = useTimelineStore()
  const log = timeline.open('s')
  const now = useConnectionStore().relayNow
  let lines: Parameters<typeof buildLog>[0] = [
    { kind: 'command', response: 'hi' },
    { kind: 'run_started', response: {} },
  ]
  async function say(...more: typeof lines): Promise<void> {
    lines = [...lines, ...more]
    timeline.append('s', buildLog(lines))
    timeline.flush()
    await nextTick()
  }
  const cancel = vi.fn((_commandId: string, _how?: { force: true }) => Promise.resolve())
  const strip = mount(SessionStopping, {
    global: { provide: { [CONVERSATION]: buildConversation(log, { cancel }) } },
  })
  await say({ kind: 'cancel', response: { commandId: COMMAND_ID }, at: now() })
  await vi.advanceTimersByTimeAsync(FORCE_AFTER_MS - 1_000)
  expect(strip.text()).toBe('')
  await vi.advanceTimersByTimeAsync(2_000)
  expect(strip.text()).toContain('Still stopping.')
  await strip.get('button').trigger('click')
  expect(cancel).toHaveBeenCalledExactlyOnceWith(COMMAND_ID, { force: true })
  await say({ kind: 'cancel', response: { commandId: COMMAND_ID, force: true }, at: now() })
  expect(strip.text()).toBe('Ending it now…')
  await vi.advanceTimersByTimeAsync(SILENT_AFTER_MS + 1_000)
  expect(strip.text()).toBe('workstation does not answer. The run may still be going.')
  await say({ kind: 'run_finished', status: 'error', code: 'CANCELLED', response: { durationMs: 1 } })
  expect(strip.text()).toBe('')
  strip.unmount()
})
