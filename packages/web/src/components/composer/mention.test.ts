import { expect, test } from 'vitest'
import { withMention } from './mention.ts'

test.each([
  ['', 0, 'a.ts', '@a.ts ', 6],
  ['Look at', 7, 'a.ts', 'Look at @a.ts ', 14],
  ['Look at  now', 8, 'my file.md', 'Look at @"my file.md" now', 22],
])('%j at %i with %s', (text, caret, path, becomes, at) => {
  expect(withMention(text, caret, path)).toEqual({ text: becomes, caret: at })
})
