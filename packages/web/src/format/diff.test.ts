// @vitest-environment node
import { expect, test } from 'vitest'
import { diffOf, type Diff } from './diff.ts'

const text = (diff: Diff | undefined): string[] =>
  (diff?.lines ?? []).map(({ type, text: said }) => `${{ same: ' ', added: '+', removed: '-', gap: '~' }[type]}${said}`)
const edit = (before: string, after: string) => diffOf({ old_string: before, new_string: after })

test('lines that stay are kept, wherever they are', () => {
  expect(text(edit('a\nb\nc\nd\n', 'a\nB\nc\nD\n'))).toEqual([' a', '-b', '+B', ' c', '-d', '+D'])
  expect(text(edit('', 'a\n'))).toEqual(['+a'])
  expect(text(edit('a\n', ''))).toEqual(['-a'])
  expect(edit('same', 'same')).toMatchObject({ added: 0, removed: 0 })
})

test('within lines that replace each other, the words that differ are marked', () => {
  const marked = (edit('return sub + tax(sub)', 'return sub - off + tax(sub)')?.lines ?? []).map((line) =>
    line.pieces?.map((piece) => (piece.changed ? `[${piece.text}]` : piece.text)).join(''),
  )
  expect(marked).toEqual(['return sub + tax(sub)', 'return sub [- off ]+ tax(sub)'])
  // Nothing in common, several for one, and lines too long to be read word by word.
  expect(edit('abc', 'xyz')?.lines.every((line) => line.pieces === undefined)).toBe(true)
  expect(edit('a b', 'a c\na d')?.lines.every((line) => line.pieces === undefined)).toBe(true)
  expect(edit(`a ${'x'.repeat(500)}`, `a ${'y'.repeat(500)}`)?.lines[0]?.pieces).toBeUndefined()
})

test('between the parts of a patch it says how much is left out', () => {
  const structuredPatch = [
    { oldStart: 1, newStart: 1, lines: [' a', '-b', '+c'] },
    { oldStart: 45, newStart: 45, lines: ['+d'] },
  ]
  const diff = diffOf({}, { structuredPatch })
  expect(diff?.lines.find((line) => line.type === 'gap')?.hidden).toBe(42)
  expect(diff).toMatchObject({ added: 2, removed: 1 })
})

test('a cell of a notebook is an edit of its source', () => {
  expect(text(diffOf({}, { new_source: 'b', old_source: 'a' }))).toEqual(['-a', '+b'])
})

test('two long texts that share nothing are compared in no time', () => {
  const lines = (word: string) => Array.from({ length: 5_000 }, (_, index) => `${word} ${index}`).join('\n')
  const before = performance.now()
  expect(edit(lines('a'), lines('b'))).toMatchObject({ added: 5_000, removed: 5_000 })
  expect(performance.now() - before).toBeLessThan(1_000)
})
