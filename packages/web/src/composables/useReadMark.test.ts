import { FarhandError, type SessionSummary } from '@farhand/shared'
import { createPinia, setActivePinia } from 'pinia'
import { createApp, effectScope, ref, type Ref } from 'vue'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { useConnectionStore } from '../stores/connectionStore.ts'
import { fakeRelay } from '../testing/world.ts'
import { useReadMark } from './useReadMark.ts'
import { RELAY } from './useWebSocket.ts'

beforeEach(() => {
  setActivePinia(createPinia())
  vi.useFakeTimers()
})
afterEach(() => vi.useRealTimers())

const unread: SessionSummary = {
  ...{ sessionId: 's', projectId: 'p', head: 5, running: 0, attention: 0, archived: false, pinned: false },
  ...{ readUpTo: 2, createdAt: 0, updatedAt: 0 },
}

function read(summary: Ref<SessionSummary | undefined>, refusals = 0) {
  let left = refusals
  const fake = fakeRelay(() => {
    left -= 1
    if (left >= 0) throw new FarhandError('STORAGE_BUSY')
    return { ok: true }
  })
  const app = createApp({})
  app.provide(RELAY, fake.relay)
  const scope = effectScope()
  app.runWithContext(() => {
    scope.run(() =>
      useReadMark(
        () => summary.value,
        () => 5,
      ),
    )
  })
  return { marks: () => fake.asked.length, close: () => scope.stop() }
}

test('a session that lies open is marked when the connection comes, and when its summary comes', async () => {
  const connection = useConnectionStore()
  const summary = ref<SessionSummary>()
  const { marks, close } = read(summary)
  await vi.advanceTimersByTimeAsync(3_000)
  summary.value = unread
  await vi.advanceTimersByTimeAsync(3_000)
  expect(marks()).toBe(0)
  connection.setLink({ name: 'connected', since: 0 })
  await vi.advanceTimersByTimeAsync(3_000)
  expect(marks()).toBe(1)
  summary.value = { ...unread, readUpTo: 5 }
  await vi.advanceTimersByTimeAsync(60_000)
  expect(marks()).toBe(1)
  close()
})

test('a mark that is refused is tried again after a pause', async () => {
  useConnectionStore().setLink({ name: 'connected', since: 0 })
  const { marks, close } = read(ref(unread), 2)
  await vi.advanceTimersByTimeAsync(1_500)
  expect(marks()).toBe(1)
  await vi.advanceTimersByTimeAsync(20_000)
  expect(marks()).toBe(3)
  close()
  await vi.advanceTimersByTimeAsync(20_000)
  expect(marks()).toBe(3)
})

test('what was marked unread is read when it is opened, and what is marked while it lies open is not', async () => {
  useConnectionStore().setLink({ name: 'connected', since: 0 })
  const summary = ref<SessionSummary>()
  const { marks, close } = read(summary)
  summary.value = { ...unread, readUpTo: 5, markedUnread: true }
  await vi.advanceTimersByTimeAsync(1_500)
  expect(marks()).toBe(1)
  summary.value = { ...unread, readUpTo: 5 }
  await vi.advanceTimersByTimeAsync(100)
  summary.value = { ...unread, readUpTo: 4, markedUnread: true }
  await vi.advanceTimersByTimeAsync(60_000)
  expect(marks()).toBe(1)
  vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden')
  document.dispatchEvent(new Event('visibilitychange'))
  await vi.advanceTimersByTimeAsync(3_000)
  expect(marks()).toBe(1)
  vi.restoreAllMocks()
  document.dispatchEvent(new Event('visibilitychange'))
  await vi.advanceTimersByTimeAsync(1_500)
  expect(marks()).toBe(2)
  close()
})
