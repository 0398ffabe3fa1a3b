import { expect, test } from 'vitest'
import type { Entry } from '@farhand/shared'
import { createPageCache } from './pageCache.ts'
import type { PageQuestion } from './store.ts'

/** A cache in which every question has been asked before. */
function open(limitBytes: number) {
  const cache = createPageCache(limitBytes)
  type Put = typeof cache.put
  const put: Put = (...asked) => {
    cache.put(...asked)
    cache.put(...asked)
  }
  return { ...cache, put }
}

const QUESTION: PageQuestion = { sessionId: 's', after: 0, limit: 2, detail: 'full' }
const page = (from: number, to: number, head: number) => ({
  entries: Array.from({ length: to - from }, (_, index) => ({ seq: from + index + 1, response: 'x' }) as Entry),
  from,
  to,
  head,
})

test('a page behind the head stays true, the newest one only while nothing follows', () => {
  const cache = open(1_000_000)
  cache.put(QUESTION, page(0, 2, 3))
  expect(cache.get(QUESTION, 3)).toEqual(page(0, 2, 3))
  expect(cache.get(QUESTION, 9)).toEqual(page(0, 2, 9))
  const newest = { ...QUESTION, after: 2 }
  cache.put(newest, page(2, 3, 3))
  expect(cache.get(newest, 3)).toEqual(page(2, 3, 3))
  expect(cache.get(newest, 4)).toBeUndefined()
  expect(cache.get(newest, 3)).toBeUndefined()
})

test('each question has its own answer, and none when something was taken out', () => {
  const cache = open(1_000_000)
  cache.put(QUESTION, page(0, 2, 3))
  const others: Partial<PageQuestion>[] = [
    { sessionId: 't' },
    { detail: 'final' },
    { limit: 3 },
    { before: 3 },
    { after: 1 },
  ]
  for (const other of others) expect(cache.get({ ...QUESTION, ...other }, 3)).toBeUndefined()
  cache.clear()
  expect(cache.get(QUESTION, 3)).toBeUndefined()
})

test('it holds no more than its limit; what was used last stays', () => {
  const cache = open(5_000)
  const questions = [0, 2, 4].map((after) => ({ ...QUESTION, after }))
  for (const question of questions.slice(0, 2)) cache.put(question, page(question.after, question.after + 2, 9))
  cache.get({ ...QUESTION, after: 0 }, 9)
  cache.put({ ...QUESTION, after: 4 }, page(4, 6, 9))
  expect(questions.map((question) => cache.get(question, 9)?.from)).toEqual([0, undefined, 4])
  cache.put({ ...QUESTION, after: 6 }, page(6, 16, 99))
  expect(cache.get({ ...QUESTION, after: 6 }, 99)).toBeUndefined()
})

test('what only one asks for is not kept', () => {
  const cache = createPageCache(1_000_000)
  cache.put(QUESTION, page(0, 2, 3))
  expect(cache.get(QUESTION, 3)).toBeUndefined()
  cache.put(QUESTION, page(0, 2, 3))
  expect(cache.get(QUESTION, 3)).toEqual(page(0, 2, 3))
})
