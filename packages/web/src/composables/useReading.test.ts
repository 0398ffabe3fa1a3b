import { buildEntry, SESSION_ID } from '@farhand/shared/testing'
import { FarhandError, type Entry, type Subscribe } from '@farhand/shared'
import { createPinia, setActivePinia } from 'pinia'
import { createApp, effectScope, watch } from 'vue'
import { beforeEach, expect, test, vi } from 'vitest'
import { memoryDevice } from '../services/device.ts'
import type { Tail } from '../services/tailRules.ts'
import { noTails, type TailStorage } from '../services/tailStorage.ts'
import type { Question } from '../services/websocket.ts'
import { useConnectionStore } from '../stores/connectionStore.ts'
import { useDeviceStore } from '../stores/deviceStore.ts'
import { useTimelineStore, type SessionLog } from '../stores/timelineStore.ts'
import { fakeRelay, settle } from '../testing/world.ts'
import { useReading } from './useReading.ts'
import { RELAY } from './useWebSocket.ts'

beforeEach(() => setActivePinia(createPinia()))

const texts = (from: number, to: number): Entry[] =>
  Array.from({ length: to - from }, (_, index) => ({
    ...buildEntry(from + index + 1),
    key: `k${from + index + 1}`,
    final: true,
  }))

function tailOf(entries: Entry[], part: Partial<Tail> = {}): Tail {
  const cursor = entries.at(-1)?.seq ?? 0
  return { sessionId: SESSION_ID, projectId: 'p', logEpoch: 'log-1', from: 0, cursor, readAt: 77, entries, ...part }
}

/** What an earlier visit kept, by session. */
function keep(tails: Map<string, Tail>): TailStorage {
  return {
    ...noTails(),
    load: (_person, sessionId) => Promise.resolve(tails.get(sessionId)),
    save: (_person, tail) => Promise.resolve(void tails.set(tail.sessionId, tail)),
    drop: (_person, sessionId) => Promise.resolve(void tails.delete(sessionId)),
  }
}

function openPage(log: Entry[], tails: Map<string, Tail>, world = { exists: true, logEpoch: 'log-1' }) {
  const fake = fakeRelay((event: Question, payload) => {
    if (event !== 'subscribe' && event !== 'read') return { ok: true }
    if (!world.exists) throw new FarhandError('NOT_FOUND')
    const { after, tail, logEpoch } = payload as Subscribe
    const reset = logEpoch !== undefined && logEpoch !== world.logEpoch
    const from = (reset ? undefined : after) ?? Math.max(0, log.length - (tail ?? log.length))
    const page = log.slice(from, from + 500)
    const answer = { entries: page, from, to: from + page.length, head: log.length, logEpoch: world.logEpoch }
    return { ok: true, ...answer, ...(reset ? { reset } : {}) }
  })
  const connection = useConnectionStore()
  connection.personId = 'anna'
  useDeviceStore().expect(Promise.resolve(memoryDevice({ durable: true, tails: keep(tails) })))
  const app = createApp({})
  app.provide(RELAY, fake.relay)
  fake.relay.onStatus((status) => connection.setLink(status))
  const scope = effectScope()
  const held: SessionLog = useTimelineStore().open(SESSION_ID)
  app.runWithContext(() => scope.run(() => useReading(held)))
  return { ...fake, log: held, close: () => scope.stop() }
}

const seqs = (log: SessionLog): number[] => log.timeline.items.map((item) => item.seq)
const subscriptions = (page: ReturnType<typeof openPage>): unknown[] =>
  page.asked.filter(({ event }) => event === 'subscribe').map(({ payload }) => payload)

test('a page opens with what this device kept, and subscribes from its cursor', async () => {
  const tails = new Map([[SESSION_ID, tailOf(texts(5, 8), { from: 5 })]])
  const page = openPage(texts(0, 10), tails)
  await settle()
  expect(seqs(page.log)).toEqual([6, 7, 8])
  expect([page.log.from, page.log.readAt]).toEqual([5, 77])
  page.setStatus({ name: 'connected', since: 0 })
  await settle()
  useTimelineStore().flush()
  expect(subscriptions(page)).toMatchObject([{ after: 8, logEpoch: 'log-1' }])
  expect(seqs(page.log)).toEqual([6, 7, 8, 9, 10])
  page.close()
  await settle()
  expect(tails.get(SESSION_ID)).toMatchObject({ cursor: 10, from: 5, logEpoch: 'log-1' })
})

test('[LOG9] of another log nothing that was kept is shown beside it, or stays kept', async () => {
  const tails = new Map([[SESSION_ID, tailOf(texts(0, 8), { logEpoch: 'log-0' })]])
  const page = openPage(texts(0, 2), tails)
  page.setStatus({ name: 'connected', since: 0 })
  await settle()
  useTimelineStore().flush()
  expect(seqs(page.log)).toEqual([1, 2])
  expect(tails.has(SESSION_ID)).toBe(false)
  page.close()
})

test('a session that the relay does not give any more is neither shown nor kept', async () => {
  const tails = new Map([[SESSION_ID, tailOf(texts(0, 8))]])
  const page = openPage([], tails, { exists: false, logEpoch: 'log-1' })
  await settle()
  expect(seqs(page.log)).toHaveLength(8)
  page.setStatus({ name: 'connected', since: 0 })
  await settle()
  expect(page.log.missing).toBe(true)
  expect(seqs(page.log)).toEqual([])
  expect(tails.has(SESSION_ID)).toBe(false)
  page.close()
  await settle()
  expect(tails.has(SESSION_ID)).toBe(false)
})

test('nothing is kept for a person who has signed out', async () => {
  const tails = new Map<string, Tail>()
  const page = openPage(texts(0, 3), tails)
  await settle()
  page.setStatus({ name: 'connected', since: 0 })
  await settle()
  await useDeviceStore().signOut()
  page.close()
  await settle()
  expect(tails.size).toBe(0)
})

test('[F72] a page that slept through 3,000 entries draws them in a few steps, in order', async () => {
  const log = texts(0, 10)
  const page = openPage(log, new Map())
  await settle()
  page.setStatus({ name: 'connected', since: 0 })
  await settle()
  useTimelineStore().flush()
  let drawn = 0
  watch(
    () => page.log.timeline,
    () => (drawn += 1),
    { flush: 'sync' },
  )
  page.setStatus({ name: 'waiting', attempt: 1, until: null })
  log.push(...texts(10, 3_010))
  page.setStatus({ name: 'connected', since: 1 })
  await settle()
  await settle()
  useTimelineStore().flush()
  expect(page.log.timeline.cursor).toBe(3_010)
  expect(seqs(page.log)).toEqual(Array.from({ length: 3_010 }, (_, index) => index + 1))
  expect(drawn).toBeLessThanOrEqual(2)
  page.close()
})

test('[F72] whoever slept through very many begins with the newest again', async () => {
  const log = texts(0, 10)
  const page = openPage(log, new Map())
  await settle()
  page.setStatus({ name: 'connected', since: 0 })
  await settle()
  page.setStatus({ name: 'waiting', attempt: 1, until: null })
  log.push(...texts(10, 20_000))
  page.setStatus({ name: 'connected', since: 1 })
  await settle()
  useTimelineStore().flush()
  expect(page.log.timeline.cursor).toBe(20_000)
  expect(page.log.from).toBe(19_600)
  expect(page.asked.filter(({ event }) => event === 'read')).toEqual([])
  page.close()
})

test('[SUB9] a page that is hidden for long reads records only, and what it left out when it is seen again', async () => {
  vi.useFakeTimers()
  const seen = vi.spyOn(document, 'visibilityState', 'get')
  const look = (state: 'visible' | 'hidden'): void => {
    seen.mockReturnValue(state)
    document.dispatchEvent(new Event('visibilitychange'))
  }
  const log = [buildEntry(1, { key: 'a', response: 'one ' })]
  const tails = new Map<string, Tail>()
  const page = openPage(log, tails)
  const timeline = useTimelineStore()
  const shown = (): unknown[] => page.log.timeline.items.map((item) => ('text' in item ? item.text : item.type))
  page.setStatus({ name: 'connected', since: 0 })
  await settle()
  timeline.flush()

  look('hidden')
  await vi.advanceTimersByTimeAsync(5_000)
  look('visible')
  await vi.advanceTimersByTimeAsync(20_000)
  expect(subscriptions(page)).toHaveLength(1)

  look('hidden')
  await vi.advanceTimersByTimeAsync(10_000)
  expect(subscriptions(page).at(-1)).toMatchObject({ after: 1, detail: 'final' })
  log.push(buildEntry(2, { key: 'a', response: 'two ' }), buildEntry(3, { kind: 'notice', response: '{}', prev: 1 }))
  page.tell('command_result', log.at(-1) ?? buildEntry(3))
  await vi.advanceTimersByTimeAsync(100)
  expect(shown()).toHaveLength(2)

  log.push(buildEntry(4, { key: 'a', response: 'three' }))
  look('visible')
  await vi.advanceTimersByTimeAsync(100)
  expect(subscriptions(page).at(-1)).toMatchObject({ after: 1 })
  expect(subscriptions(page).at(-1)).not.toHaveProperty('detail')
  expect(shown()[0]).toBe('one two three')
  expect(shown()).toHaveLength(2)
  page.close()
  vi.useRealTimers()
  seen.mockRestore()
})
