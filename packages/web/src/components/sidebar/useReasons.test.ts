import { FarhandError, type SessionSummary } from '@farhand/shared'
import { createPinia, setActivePinia } from 'pinia'
import { createApp, effectScope } from 'vue'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ASK_AGAIN_MS } from '../../composables/askAgain.ts'
import { RELAY } from '../../composables/useWebSocket.ts'
import { useConnectionStore } from '../../stores/connectionStore.ts'
import { useProjectStore } from '../../stores/projectStore.ts'
import { fakeRelay } from '../../testing/world.ts'
import { useReasons } from './useReasons.ts'

beforeEach(() => {
  setActivePinia(createPinia())
  vi.useFakeTimers()
})
afterEach(() => vi.useRealTimers())

const waiting: SessionSummary = {
  ...{ sessionId: 's', projectId: 'p', head: 5, running: 1, attention: 1, archived: false, pinned: false },
  ...{ readUpTo: 5, createdAt: 0, updatedAt: 0 },
}

/** The reason of one session that waits, over a relay that refuses to tell it. */
function askFor(refusal: () => FarhandError) {
  const fake = fakeRelay(() => {
    throw refusal()
  })
  useConnectionStore().setLink({ name: 'connected', since: 0 })
  const projects = useProjectStore()
  const project = { projectId: 'p', name: 'p', path: '/p', agentId: 'a', agentName: 'a', online: true }
  projects.applyList([project])
  projects.applyUpdate({ projectId: 'p', session: waiting })
  projects.applyUpdate({ projectId: 'p', attention: { sessionId: 's', key: 'r', seq: 5, state: 'open' } as never })
  const app = createApp({})
  app.provide(RELAY, fake.relay)
  const scope = effectScope()
  app.runWithContext(() => scope.run(() => useReasons()))
  return { asked: fake.asked, close: () => scope.stop() }
}

test('a relay that refuses is asked again after a pause, not at once', async () => {
  const { asked, close } = askFor(() => new FarhandError('STORAGE_BUSY'))
  await vi.advanceTimersByTimeAsync(ASK_AGAIN_MS - 100)
  expect(asked).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(ASK_AGAIN_MS)
  expect(asked).toHaveLength(2)
  close()
  await vi.advanceTimersByTimeAsync(10 * ASK_AGAIN_MS)
  expect(asked).toHaveLength(2)
})

test('the pause is as long as the relay says', async () => {
  const { asked, close } = askFor(() => new FarhandError('RATE_LIMITED', 'slowly', { retryAfterMs: 30_000 }))
  await vi.advanceTimersByTimeAsync(29_000)
  expect(asked).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(2_000)
  expect(asked).toHaveLength(2)
  close()
})
