// @vitest-environment node
import { buildEntry, buildLog, SESSION_ID } from '@farhand/shared/testing'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, test } from 'vitest'
import { useTimelineStore } from './timelineStore.ts'

beforeEach(() => setActivePinia(createPinia()))

test('entries are folded together, and an older page goes in front of them', () => {
  const store = useTimelineStore()
  const log = store.open(SESSION_ID)
  const entries = buildLog(
    Array.from({ length: 6 }, (_, index) => ({ kind: 'text', key: `k${index}`, final: true, response: `t${index}` })),
  )
  store.reset(SESSION_ID, 3)
  store.append(SESSION_ID, entries.slice(3))
  store.flush()
  expect(texts()).toEqual(['t3', 't4', 't5'])
  store.prepend(SESSION_ID, { entries: entries.slice(1, 3), from: 1, to: 3 })
  expect(texts()).toEqual(['t1', 't2', 't3', 't4', 't5'])
  expect(log.from).toBe(1)

  function texts(): string[] {
    return log.timeline.items.flatMap((item) => (item.type === 'text' ? [item.text] : []))
  }
})

test('an older page that does not join what is held is left out', () => {
  const store = useTimelineStore()
  const log = store.open(SESSION_ID)
  store.reset(SESSION_ID, 100)
  store.prepend(SESSION_ID, { entries: [buildEntry(5)], from: 4, to: 5 })
  expect(log.timeline.items).toEqual([])
  expect(log.from).toBe(100)
})

test('[LOG6] an entry of an unknown kind or with a broken body is shown as unknown', () => {
  const store = useTimelineStore()
  const log = store.open(SESSION_ID)
  store.append(
    SESSION_ID,
    buildLog([
      { kind: 'hologram', response: 'x' },
      { kind: 'tool_started', response: '{broken' },
      { kind: 'text', response: 'fine' },
    ]),
  )
  store.flush()
  expect(log.timeline.items.map((item) => item.type)).toEqual(['unknown', 'unknown', 'text'])
})

test('the sessions that were opened last stay in memory', () => {
  const store = useTimelineStore()
  for (let index = 0; index < 8; index += 1) store.open(`s${index}`)
  store.open('s3')
  store.open('s8')
  expect([...store.logs.keys()]).toEqual(['s5', 's6', 's7', 's3', 's8'])
})
