// @vitest-environment node
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { useNoticeStore } from './noticeStore.ts'
import { useToastStore } from './toastStore.ts'

beforeEach(() => {
  setActivePinia(createPinia())
  vi.useFakeTimers()
})
afterEach(() => vi.useRealTimers())

const MINUTE_MS = 60_000
const news = (sessionId: string, kind: 'need' | 'failed' | 'finished', seq = 1) => ({ sessionId, kind, seq, about: '' })

test('a good end goes by itself, a failure later, and what needs somebody stays', () => {
  const store = useToastStore()
  const shown = (): string[] => store.toasts.map(({ kind }) => kind)
  store.show(news('a', 'need'))
  store.show(news('b', 'failed'))
  store.show(news('c', 'finished'))
  vi.advanceTimersByTime(10_000)
  expect(shown()).toEqual(['need', 'failed'])
  vi.advanceTimersByTime(MINUTE_MS)
  expect(shown()).toEqual(['need'])
})

test('a session has one at a time: the newer takes the place of the older, and its time', () => {
  const store = useToastStore()
  store.show(news('a', 'finished'))
  vi.advanceTimersByTime(5_000)
  store.show(news('b', 'need'))
  store.show(news('a', 'need', 2))
  expect(store.toasts.map(({ sessionId, seq }) => [sessionId, seq])).toEqual([
    ['b', 1],
    ['a', 2],
  ])
  vi.advanceTimersByTime(MINUTE_MS)
  expect(store.toasts).toHaveLength(2)
})

test('while somebody reads, none goes, nor one that comes meanwhile; then each has its time again', () => {
  const store = useToastStore()
  store.show(news('a', 'finished'))
  vi.advanceTimersByTime(5_000)
  store.hold(true)
  store.show(news('b', 'finished'))
  vi.advanceTimersByTime(MINUTE_MS)
  expect(store.toasts).toHaveLength(2)
  store.hold(false)
  vi.advanceTimersByTime(5_000)
  expect(store.toasts).toHaveLength(2)
  vi.advanceTimersByTime(MINUTE_MS)
  expect(store.toasts).toEqual([])
})

test('a notice can be held too, and one without an end has none after it', () => {
  const notices = useNoticeStore()
  notices.show('Copied.')
  notices.hold(true)
  vi.advanceTimersByTime(MINUTE_MS)
  expect(notices.text).toBe('Copied.')
  notices.hold(false)
  vi.advanceTimersByTime(MINUTE_MS)
  expect(notices.text).toBe('')
  notices.showOnce('storage', 'Nothing is kept.')
  notices.hold(true)
  notices.hold(false)
  vi.advanceTimersByTime(MINUTE_MS)
  expect(notices.text).toBe('Nothing is kept.')
})
