import { buildEntry, buildLog, COMMAND_ID, SESSION_ID } from '@farhand/shared/testing'
import { emptyTimeline, FarhandError, foldEntries, type Entry, type Subscribe } from '@farhand/shared'
import { createPinia, setActivePinia } from 'pinia'
import { createApp, effectScope } from 'vue'
import { beforeEach, expect, test, vi } from 'vitest'
import type { Question } from '../services/websocket.ts'
import { useConnectionStore } from '../stores/connectionStore.ts'
import { useOutboxStore } from '../stores/outboxStore.ts'
import { useTimelineStore } from '../stores/timelineStore.ts'
import { fakeRelay, settle } from '../testing/world.ts'
import { needsEarlier, useSession } from './useSession.ts'
import { RELAY } from './useWebSocket.ts'

beforeEach(() => setActivePinia(createPinia()))

/** A page of one session over a relay that holds `log`. */
function openPage(log: Entry[], exists = true) {
  const world = { exists }
  const fake = fakeRelay((event: Question, payload) => {
    // Whatever this page appends stands far behind what it has read: others were quicker.
    if (event !== 'subscribe') return { ok: true, seq: 99, entries: [], from: 0, to: 0 }
    if (!world.exists) throw new FarhandError('NOT_FOUND')
    const from = (payload as Subscribe).after ?? 0
    return { ok: true, entries: log.slice(from), from, to: log.length, head: log.length, logEpoch: 'log-1' }
  })
  return { ...fake, world, ...sessionOver(fake) }
}

function sessionOver({ relay }: ReturnType<typeof fakeRelay>) {
  const app = createApp({})
  app.provide(RELAY, relay)
  const scope = effectScope()
  relay.onStatus((status) => useConnectionStore().setLink(status))
  const session = app.runWithContext(() => scope.run(() => useSession(SESSION_ID)))
  if (session === undefined) throw new Error('the scope is active')
  return { session, close: () => scope.stop() }
}

const texts = (log: Entry[]): Entry[] => log.map((entry) => ({ ...entry, key: `k${entry.seq}`, final: true }))

test('[SUB2] a page and live entries are applied once, over a reconnect too', async () => {
  const log = texts([buildEntry(1), buildEntry(2)])
  const page = openPage(log)
  page.setStatus({ name: 'connected', since: 0 })
  await settle()
  const third = texts([buildEntry(3)])
  page.tell('command_result', third)
  page.tell('command_result', third)
  page.tell('command_result', { ...buildEntry(4), sessionId: '00000000-0000-4000-8000-0000000000bb' })
  log.push(...third)
  page.setStatus({ name: 'waiting', attempt: 1, until: null })
  log.push(...texts([buildEntry(4)]))
  page.setStatus({ name: 'connected', since: 1 })
  await settle()
  useTimelineStore().flush()
  expect(page.session.log.timeline.items.map((item) => item.seq)).toEqual([1, 2, 3, 4])
  expect(page.asked.filter(({ event }) => event === 'subscribe').at(-1)?.payload).toMatchObject({
    after: 3,
    logEpoch: 'log-1',
  })
  page.close()
})

test('[SUB8] the acknowledgement of what this page appended moves no cursor', async () => {
  const log = texts([buildEntry(1), buildEntry(2)])
  const page = openPage(log)
  page.setStatus({ name: 'connected', since: 0 })
  await settle()
  await page.session.cancel(COMMAND_ID)
  page.tell('command_result', texts([buildEntry(3)]))
  await settle()
  page.setStatus({ name: 'waiting', attempt: 1, until: null })
  page.setStatus({ name: 'connected', since: 1 })
  await settle()
  useTimelineStore().flush()
  expect(page.asked.filter(({ event }) => event === 'send_input')).toHaveLength(1)
  expect(page.asked.findLast(({ event }) => event === 'subscribe')?.payload).toMatchObject({ after: 3 })
  expect(page.session.log.timeline.items.map((item) => item.seq)).toEqual([1, 2, 3])
  page.close()
})

test('[SUB1] coming back to a session goes on from its cursor', async () => {
  const log = texts([buildEntry(1), buildEntry(2)])
  const first = openPage(log)
  first.setStatus({ name: 'connected', since: 0 })
  await settle()
  first.close()
  log.push(...texts([buildEntry(3)]))
  const second = openPage(log)
  second.setStatus({ name: 'connected', since: 0 })
  await settle()
  useTimelineStore().flush()
  expect(second.asked.find(({ event }) => event === 'subscribe')?.payload).toMatchObject({ after: 2 })
  expect(second.session.log.timeline.items.map((item) => item.seq)).toEqual([1, 2, 3])
  second.close()
})

test('a session that does not exist yet is subscribed to when its first command is accepted', async () => {
  const page = openPage([], false)
  page.setStatus({ name: 'connected', since: 0 })
  await settle()
  expect(page.session.log.missing).toBe(true)
  expect(useConnectionStore().status.name).toBe('live')
  const outbox = useOutboxStore()
  outbox.connect(() => {
    page.world.exists = true
    return Promise.resolve()
  })
  await page.session.send('p', 'hello')
  await settle()
  expect(page.session.log.missing).toBe(false)
  expect(page.session.log.phase).toBe('live')
  page.close()
})

test('[REQ3] a decision carries the request and its digest, and its repeat is the same input', async () => {
  const page = openPage([])
  const request = { requestId: 'r', digest: 'f'.repeat(64), type: 'permission' as const, tool: 'Bash', input: {} }
  const item = {
    id: 'request:r',
    commandId: 'c',
    at: 0,
    seq: 1,
    type: 'request' as const,
    requestId: 'r',
    digest: request.digest,
    request,
    state: { name: 'open' as const },
  }
  await page.session.decide(item, { behavior: 'allow', scope: 'once' })
  await page.session.decide(item, { behavior: 'allow', scope: 'once' })
  await page.session.decide(item, { behavior: 'deny' })
  const sent = page.asked
    .filter(({ event }) => event === 'send_input')
    .map(({ payload }) => payload as Record<string, unknown>)
  expect(sent[0]).toMatchObject({ kind: 'decision', key: 'r', digest: request.digest, sessionId: SESSION_ID })
  expect(JSON.parse(String(sent[0]?.['data']))).toEqual({
    requestId: 'r',
    digest: request.digest,
    behavior: 'allow',
    scope: 'once',
  })
  expect(sent[1]?.['inputId']).toBe(sent[0]?.['inputId'])
  expect(sent[2]?.['inputId']).not.toBe(sent[0]?.['inputId'])
  page.close()
})

test('[SUB5] a run that still goes on is read from its command', () => {
  const fold = (lines: Parameters<typeof buildLog>[0]) => foldEntries(emptyTimeline(), buildLog(lines))
  const delta = { kind: 'text', key: 'm:0', response: 'piece' }
  const at = (timeline: ReturnType<typeof fold>) => ({ phase: 'live' as const, from: 10, timeline })
  const ended = fold([delta, { kind: 'run_finished', status: 'complete', response: { durationMs: 1 } }])
  const MANY = 1_000
  expect(needsEarlier(at(fold([delta])), undefined, 19)).toBe(true)
  // A run of hundreds of pages begins inside: what it says now has begun later than that.
  expect(needsEarlier(at(fold([delta])), undefined, 20)).toBe(false)
  expect(needsEarlier(at(fold([{ kind: 'command', response: 'hi' }, delta])), undefined, 0)).toBe(false)
  expect(needsEarlier(at(fold([{ kind: 'command', response: 'hi' }])), 7, MANY)).toBe(true)
  expect(needsEarlier({ ...at(fold([delta])), from: 0 }, 7, 0)).toBe(false)
  // A finished run is worth a few pages.
  expect(needsEarlier(at(ended), undefined, 0)).toBe(true)
  expect(needsEarlier(at(ended), undefined, MANY)).toBe(false)
})

test('what does not come is asked for again after a pause, and the prompt is read all the same', async () => {
  vi.useFakeTimers()
  const log = buildLog([
    { kind: 'command', response: 'the prompt' },
    ...Array.from({ length: 9 }, (_, index) => ({ kind: 'text', key: `k${index}`, final: true, response: 'x' })),
  ])
  let refusals = 5
  let reads = 0
  const fake = fakeRelay((event) => {
    if (event === 'subscribe') return { ok: true, entries: log.slice(5), from: 5, to: 10, head: 10, logEpoch: 'log-1' }
    if (event !== 'read') return { ok: true }
    reads += 1
    refusals -= 1
    if (refusals >= 0) throw new FarhandError('RATE_LIMITED', 'slowly', { retryAfterMs: 1_000 })
    return { ok: true, entries: log.slice(0, 5), from: 0, to: 5 }
  })
  const { session, close } = sessionOver(fake)
  fake.setStatus({ name: 'connected', since: 0 })
  await vi.advanceTimersByTimeAsync(500)
  expect(reads).toBe(1)
  await vi.advanceTimersByTimeAsync(5_000)
  expect(reads).toBe(6)
  expect(session.log.timeline.items[0]).toMatchObject({ type: 'message', text: 'the prompt' })
  close()
  vi.useRealTimers()
})
