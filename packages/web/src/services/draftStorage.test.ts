import { afterEach, expect, test } from 'vitest'
import { draftKey, hasDraft, readDraftsOf, writeDraft } from './draftStorage.ts'

afterEach(() => localStorage.clear())

test('drafts are found by their writer, and one that was emptied is none', () => {
  const write = (person: string, sessionId: string, text: string) =>
    writeDraft(localStorage, draftKey(person, sessionId), { text, at: 1 })
  write('anna', 'one', 'half a thought')
  write('anna', 'two', 'another')
  write('ben', 'three', 'of somebody else')
  write('anna', 'two', '')
  expect([...readDraftsOf(localStorage, 'anna')]).toEqual(['one'])
  expect([hasDraft('anna', 'one'), hasDraft('anna', 'two'), hasDraft('anna', 'three')]).toEqual([true, false, false])
})

test('a browser that keeps nothing has no drafts', () => {
  const refuse = (): never => {
    throw new DOMException('denied', 'SecurityError')
  }
  expect(readDraftsOf({ length: 1, key: refuse }, 'anna').size).toBe(0)
  expect(hasDraft('anna', 'one', { getItem: refuse })).toBe(false)
})
