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

test('[LOG7] previews go when their record is here, and what is shown after an older page is the same', () => {
  const store = useTimelineStore()
  const log = store.open(SESSION_ID)
  const entries = buildLog([
    { kind: 'command', response: 'hi' },
    ...Array.from({ length: 200 }, (_, index) => ({ kind: 'text', key: 'm:0', response: `${index} ` })),
    { kind: 'text', key: 'm:1', final: true, response: 'beside' },
    { kind: 'text', key: 'm:0', final: true, response: 'whole' },
    { kind: 'text', key: 'm:2', response: 'half' },
  ])
  store.reset(SESSION_ID, 1)
  for (const entry of entries.slice(1)) {
    store.append(SESSION_ID, [entry])
    store.flush()
  }
  expect(store.held(SESSION_ID)).toHaveLength(4)
  const before = log.timeline.items
  store.prepend(SESSION_ID, { entries: entries.slice(0, 1), from: 0, to: 1 })
  expect(log.timeline.items.slice(1)).toEqual(before)
})

test('an entry that is held already is not folded again', () => {
  const store = useTimelineStore()
  const log = store.open(SESSION_ID)
  const entries = buildLog([
    { kind: 'text', key: 'm:0', response: 'He' },
    { kind: 'text', key: 'm:0', response: 'llo' },
  ])
  store.append(SESSION_ID, entries)
  store.append(SESSION_ID, entries.slice(1))
  store.flush()
  expect(log.timeline.items).toMatchObject([{ text: 'Hello' }])
})

test('[SUB9] what is taken back stays in sight until it has come again, and then stands there once', () => {
  const store = useTimelineStore()
  const log = store.open(SESSION_ID)
  const piece = (seq: number, response: string) => buildEntry(seq, { key: 'a', response })
  store.append(SESSION_ID, [piece(1, 'one '), buildEntry(3, { kind: 'notice', response: '{}' })])
  store.flush()
  const shown = (): unknown[] => log.timeline.items.map((item) => ('text' in item ? item.text : item.type))
  const before = shown()
  log.phase = 'catching-up'
  store.rewind(SESSION_ID, 1)
  store.append(SESSION_ID, [piece(2, 'two '), buildEntry(3, { kind: 'notice', response: '{}' })])
  store.flush()
  expect(shown()).toEqual(before)
  log.phase = 'live'
  store.append(SESSION_ID, [piece(4, 'three')])
  store.flush()
  expect(shown()).toEqual(['one two three', before[1]])
})
