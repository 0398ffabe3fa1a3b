import { createPinia, setActivePinia } from 'pinia'
import { effectScope } from 'vue'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { memoryDevice } from '../services/device.ts'
import type { Question } from '../services/websocket.ts'
import { useOutboxStore } from '../stores/outboxStore.ts'
import { fakeRelay } from '../testing/world.ts'
import { startWebSocket } from './useWebSocket.ts'

beforeEach(() => {
  setActivePinia(createPinia())
  vi.useFakeTimers()
})
afterEach(() => vi.useRealTimers())

const project = { projectId: 'p', name: 'p', path: '/p', agentId: 'a', agentName: 'a', online: true }

/** The page over a relay whose first `slow` lists of projects are answered when a test says so. */
async function start(slow = 0) {
  let left = slow
  const late: (() => void)[] = []
  const fake = fakeRelay((event: Question) => {
    if (event === 'execute_command') return { ok: true, commandId: 'c', sessionId: 's', seq: 1 }
    if (event === 'watch_project')
      return {
        ok: true,
        project,
        agent: { agentId: 'a', name: 'a', online: true, since: 0 },
        sessions: [],
        requests: [],
      }
    if (event !== 'list_projects') return { ok: true }
    left -= 1
    const answer = { ok: true, projects: [project] }
    return left < 0 ? answer : new Promise((resolve) => late.push(() => resolve(answer)))
  })
  const scope = effectScope()
  scope.run(() => startWebSocket({ relay: fake.relay, device: Promise.resolve(memoryDevice()) }))
  fake.setStatus({ name: 'connected', since: 0 })
  await vi.advanceTimersByTimeAsync(10)
  return {
    ...fake,
    late,
    count: (event: Question) => fake.asked.filter((question) => question.event === event).length,
    close: () => scope.stop(),
  }
}

test('a command that opens a session names nothing: the relay does, once', async () => {
  const page = await start()
  await useOutboxStore().add({ commandId: 'c', sessionId: 's', projectId: 'p', text: 'hello', at: Date.now() })
  await vi.advanceTimersByTimeAsync(10)
  expect(page.count('execute_command')).toBe(1)
  expect(page.count('update_session')).toBe(0)
  page.close()
})

test('a round that is under way ends with its connection, and with the page', async () => {
  const page = await start(2)
  page.setStatus({ name: 'waiting', attempt: 1, until: 0 })
  page.setStatus({ name: 'connected', since: 1 })
  await vi.advanceTimersByTimeAsync(10)
  page.close()
  page.late.forEach((answer) => answer())
  await vi.advanceTimersByTimeAsync(60_000)
  expect(page.count('list_projects')).toBe(2)
})
