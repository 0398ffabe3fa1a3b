import { mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { nextTick } from 'vue'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { RELAY } from '../../composables/useWebSocket.ts'
import { useConnectionStore } from '../../stores/connectionStore.ts'
import { buildWelcome, fakeRelay } from '../../testing/world.ts'
import ConnectionDetails from './ConnectionDetails.vue'
import ConnectionPill from './ConnectionPill.vue'
import { pillText } from './pillText.ts'

beforeEach(() => {
  setActivePinia(createPinia())
  vi.useFakeTimers({ now: 1_000_000 })
})
afterEach(() => vi.useRealTimers())

function show() {
  const { relay } = fakeRelay(() => ({ ok: true }))
  const retryNow = vi.spyOn(relay, 'retryNow')
  const pill = mount(ConnectionPill, { global: { provide: { [RELAY]: relay } } })
  return { pill, retryNow }
}

test('[CON3] the wait is counted down for the eye, and the ear hears the state once', async () => {
  const { pill } = show()
  useConnectionStore().setLink({ name: 'waiting', attempt: 3, until: 1_004_000 })
  await nextTick()
  const spoken = (): string => pill.get('[data-testid=connection-pill] .sr').text()
  expect(pill.get('.pill .wide').text()).toBe('Reconnecting · try 3 in 4 s')
  expect(pill.get('.pill .wide').attributes('aria-hidden')).toBe('true')
  const before = spoken()
  await vi.advanceTimersByTimeAsync(2_000)
  expect(pill.get('.pill .wide').text()).toBe('Reconnecting · try 3 in 2 s')
  expect(spoken()).toBe(before)
  expect(before).toBe('Connection: reconnecting, try 3. Open details')
})

test('Retry now stands beside the pill while it waits, and only then', async () => {
  const { pill, retryNow } = show()
  const connection = useConnectionStore()
  connection.setLink({ name: 'waiting', attempt: 1, until: 1_009_000 })
  await nextTick()
  await pill.get('.retry').trigger('click')
  expect(retryNow).toHaveBeenCalledOnce()
  connection.setLink({ name: 'connected', since: 0 })
  await nextTick()
  expect(pill.find('.retry').exists()).toBe(false)
})

test('each state has its words', () => {
  expect([
    pillText({ name: 'live', since: 0 }, 0, { roundTripMs: 24, recentMs: 30 }).text,
    pillText({ name: 'live', since: 0 }, 0, { roundTripMs: 24, recentMs: 620 }).text,
    pillText({ name: 'live', since: 0 }, 0).text,
    pillText({ name: 'checking' }, 0).text,
    pillText({ name: 'catching-up', since: 0 }, 0).text,
    pillText({ name: 'connecting', attempt: 1 }, 0).text,
    pillText({ name: 'connecting', attempt: 4 }, 0).text,
    pillText({ name: 'waiting', attempt: 4, until: null }, 0).text,
    pillText({ name: 'offline', attempt: 1, until: 0 }, 0).text,
    pillText({ name: 'signed-out' }, 0).text,
    pillText({ name: 'rejected', code: 'UPGRADE_REQUIRED', message: '' }, 0).text,
  ]).toEqual([
    '24 ms',
    'Slow · 620 ms',
    'Connected',
    'Checking…',
    'Catching up',
    'Connecting…',
    'Connecting… (try 4)',
    'Not connected',
    'Offline',
    'Sign in again',
    'Reload to update',
  ])
})

test('round trips are whole milliseconds', async () => {
  const connection = useConnectionStore()
  connection.addRoundTrip(23.300048828125)
  connection.addRoundTrip(41.7)
  expect([connection.roundTripMs, connection.medianMs]).toEqual([42, 42])
})

test('a return is said for a moment, the first connection of a page is none', async () => {
  const { pill } = show()
  const connection = useConnectionStore()
  const text = (): string => pill.get('.pill .wide').text()
  connection.setLink({ name: 'connected', since: 0 }, buildWelcome())
  await nextTick()
  expect(text()).toBe('Connected')
  connection.setLink({ name: 'waiting', attempt: 1, until: 1_009_000 })
  await nextTick()
  expect(connection.lostSince).toBeTypeOf('number')
  connection.setLink({ name: 'connected', since: 0 }, buildWelcome())
  await nextTick()
  expect(text()).toBe('Back online')
  await vi.advanceTimersByTimeAsync(3_000)
  expect(text()).toBe('Connected')
  expect(connection.lostSince).toBeUndefined()
})

test('one late answer is not called slow', () => {
  const connection = useConnectionStore()
  for (const ms of [20, 900, 22]) connection.addRoundTrip(ms)
  expect(connection.recentMs).toBe(22)
  for (const ms of [900, 880]) connection.addRoundTrip(ms)
  expect(connection.recentMs).toBe(880)
})

test('the details say when anything was heard last, also while the connection is lost', async () => {
  const { relay } = fakeRelay(() => ({ ok: true }))
  const details = mount(ConnectionDetails, { global: { provide: { [RELAY]: relay }, stubs: { RouterLink: true } } })
  const connection = useConnectionStore()
  expect(details.text()).not.toContain('Last heard')
  connection.setLink({ name: 'connected', since: 0 }, buildWelcome())
  await nextTick()
  expect(details.text()).toContain('0:00 ago')
  connection.setLink({ name: 'waiting', attempt: 1, until: null })
  await vi.advanceTimersByTimeAsync(65_000)
  expect(details.text()).toMatch(/Last heard\d\d:\d\d:\d\d · 1:05 ago/)
  connection.addRoundTrip(20)
  await nextTick()
  expect(details.text()).toContain('0:00 ago')
  details.unmount()
})
