import { expect, test } from 'vitest'
import { recallStep, sentTexts, type Recalled } from './recall.ts'

const SENT = sentTexts(['one', 'two\nlines', ' ', 'three', 'three'])

/** The box after each of some keys, from an empty one; the caret stands at the end unless it is said. */
function press(keys: readonly string[], edit?: string) {
  let [text, recalled]: [string, Recalled | undefined] = ['', undefined]
  return keys.map((key) => {
    const step = recallStep({ key, text, caret: text.length, recalled }, SENT)
    if (step !== undefined) ({ text, recalled } = step)
    if (edit !== undefined) text += edit
    return text
  })
}

test('messages are newest first, without what is empty or said twice in a row', () => {
  expect(SENT).toEqual(['three', 'two\nlines', 'one'])
})

test('↑ brings the newest, ↓ goes back to the empty box, Esc at once; the oldest stays', () => {
  expect(press(['ArrowUp', 'ArrowUp', 'ArrowDown', 'ArrowDown', 'ArrowDown'])).toEqual([
    'three',
    'two\nlines',
    'three',
    '',
    '',
  ])
  expect(press(['ArrowUp', 'ArrowUp', 'Escape'])).toEqual(['three', 'two\nlines', ''])
  const oldest = { index: 2, text: 'one' }
  expect(recallStep({ key: 'ArrowUp', text: 'one', caret: 3, recalled: oldest }, SENT)).toBeUndefined()
  expect(recallStep({ key: 'ArrowUp', text: '', caret: 0, recalled: undefined }, [])).toBeUndefined()
})

test('within a message of several lines the arrows move between its lines first', () => {
  const two = { index: 1, text: 'two\nlines' }
  const step = (key: string, caret: number) => recallStep({ key, text: two.text, caret, recalled: two }, SENT)?.text
  expect([step('ArrowUp', 9), step('ArrowUp', 2)]).toEqual([undefined, 'one'])
  expect([step('ArrowDown', 2), step('ArrowDown', 9)]).toEqual([undefined, 'three'])
})

test('what was typed or changed is nobody’s to take away', () => {
  expect(press(['ArrowUp', 'ArrowUp', 'Escape'], '!')).toEqual(['three!', 'three!!', 'three!!!'])
  expect(recallStep({ key: 'ArrowUp', text: 'typed', caret: 0, recalled: undefined }, SENT)).toBeUndefined()
})
