// @vitest-environment node
import { expect, test } from 'vitest'
import { timesAsLong } from '../testing/cost.ts'
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

/** So many are compared one by one, which takes some 20 ms. */
const SHORT_LINES = 350
const LONG_LINES = 5_000
/** Long texts take about as long as short ones; compared one by one, it would be more than 100 times as long. */
const MAX_TIMES = 25
const TURNS = 3

test('two long texts that share nothing are compared in no time', () => {
  const lines = (word: string, count: number) => Array.from({ length: count }, (_, at) => `${word} ${at}`).join('\n')
  const [longOld, longNew] = [lines('a', LONG_LINES), lines('b', LONG_LINES)]
  const [shortOld, shortNew] = [lines('a', SHORT_LINES), lines('b', SHORT_LINES)]
  const times = timesAsLong(
    TURNS,
    () => edit(longOld, longNew),
    () => edit(shortOld, shortNew),
  )
  if (process.env['SHOW_COST'] !== undefined) console.info(`as long as ${times.toFixed(1)} short ones`)
  expect(times).toBeLessThan(MAX_TIMES)
  expect(edit(longOld, longNew)).toMatchObject({ added: LONG_LINES, removed: LONG_LINES })
})
