import { effectScope } from 'vue'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { useDraft, type Draft } from './useDraft.ts'

beforeEach(() => {
  vi.useFakeTimers()
  localStorage.clear()
})
afterEach(() => vi.useRealTimers())

function open(sessionId: string): { draft: Draft; close: () => void } {
  const scope = effectScope()
  const draft = scope.run(() => useDraft(sessionId))
  if (draft === undefined) throw new Error('the scope is active')
  return { draft, close: () => scope.stop() }
}

test('a draft is there after the page was left at once, and belongs to its session', () => {
  const first = open('a')
  first.draft.text.value = 'half a thought'
  first.close()
  expect(open('a').draft.text.value).toBe('half a thought')
  expect(open('b').draft.text.value).toBe('')
})

test('a sent text leaves the field, and its copy once it is kept', async () => {
  const { draft, close } = open('a')
  draft.text.value = 'send me'
  await vi.advanceTimersByTimeAsync(300)
  let settle = (): void => {}
  draft.sent('send me', new Promise<void>((resolve) => (settle = resolve)))
  expect(draft.text.value).toBe('')
  await vi.advanceTimersByTimeAsync(300)
  expect(localStorage.getItem('farhand:draft:a')).toBe('send me')
  settle()
  await vi.advanceTimersByTimeAsync(0)
  expect(localStorage.getItem('farhand:draft:a')).toBeNull()
  close()
})

test('what was typed on after sending stays', () => {
  const { draft, close } = open('a')
  draft.text.value = 'next'
  draft.sent('before', Promise.resolve())
  expect(draft.text.value).toBe('next')
  close()
})

test('a storage that is switched off only forgets', () => {
  const broken = {
    getItem: () => {
      throw new Error('denied')
    },
    setItem: () => {
      throw new Error('denied')
    },
    removeItem: () => {
      throw new Error('denied')
    },
  }
  const scope = effectScope()
  const draft = scope.run(() => useDraft('a', broken))
  if (draft === undefined) throw new Error('the scope is active')
  draft.text.value = 'typed'
  expect(() => scope.stop()).not.toThrow()
})
