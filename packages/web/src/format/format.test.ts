import { expect, test } from 'vitest'
import { readAnsi } from './ansi.ts'
import { diffOf } from './diff.ts'
import { dollars } from './money.ts'
import { firstLine, visible } from './text.ts'
import { ago, clockTime, duration } from './time.ts'

test('characters that hide or turn text are shown by their number', () => {
  expect(visible('rm \u202Etxt.exe\u200B')).toBe('rm ⟨U+202E⟩txt.exe⟨U+200B⟩')
  expect(visible('a\u0000b\u001b[31mc\r')).toBe('a⟨U+0000⟩b⟨U+001B⟩[31mc⟨U+000D⟩')
  expect(visible('tag \u{E0041}')).toBe('tag ⟨U+E0041⟩')
  expect(visible('plain\n\ttext, Grüße, 日本, 👍')).toBe('plain\n\ttext, Grüße, 日本, 👍')
})

test('a title is the first line that says something', () => {
  expect(firstLine('\n  \n Fix the tests \nand more', 80)).toBe('Fix the tests')
  expect(firstLine('👍'.repeat(90), 80)).toBe(`${'👍'.repeat(79)}…`)
})

test('terminal output keeps its colours and none of its markup', () => {
  expect(readAnsi('\u001b[32mok\u001b[0m <img src=x onerror=alert(1)> &amp;')).toEqual([
    { text: 'ok', classes: 'ansi-green-fg' },
    { text: ' <img src=x onerror=alert(1)> &amp;', classes: '' },
  ])
  expect(
    readAnsi('\u001b]8;;javascript:alert(1)\u0007x\u001b]8;;\u0007')
      .map((piece) => piece.text)
      .join(''),
  ).toBe('x')
  expect(readAnsi('')).toEqual([])
})

test('a line that was drawn again shows its last drawing', () => {
  expect(readAnsi('10%\r50%\r100%\r\ndone')).toEqual([{ text: '100%\ndone', classes: '' }])
  expect(readAnsi('50 %\r100 %\r')).toEqual([{ text: '100 %', classes: '' }])
  expect(readAnsi('a\r\r\nb\r')).toEqual([{ text: 'a\nb', classes: '' }])
})

test('terminal output that turns its direction shows where', () => {
  expect(readAnsi('rm \u202Etxt')).toEqual([{ text: 'rm ⟨U+202E⟩txt', classes: '' }])
})

test('an edit with a patch is shown with its line numbers', () => {
  const structured = {
    structuredPatch: [{ oldStart: 41, newStart: 41, lines: [' a', '-b', '+c', '+d', '\\ No newline at end of file'] }],
  }
  expect(diffOf({}, structured)).toEqual({
    lines: [
      { type: 'same', text: 'a', old: 41, new: 41 },
      { type: 'removed', text: 'b', old: 42 },
      { type: 'added', text: 'c', new: 42 },
      { type: 'added', text: 'd', new: 43 },
    ],
    added: 2,
    removed: 1,
  })
})

test('an edit without a patch shows what is replaced, and leaves what stays', () => {
  const diff = diffOf({ file_path: 'a', old_string: 'one\ntwo\nthree', new_string: 'one\n2\nthree' })
  expect(diff?.lines.map((line) => `${line.type} ${line.text}`)).toEqual([
    'same one',
    'removed two',
    'added 2',
    'same three',
  ])
})

test('several edits, a written file, and what is no edit', () => {
  expect(
    diffOf({
      edits: [
        { old_string: 'a', new_string: 'b' },
        { old_string: '', new_string: 'c' },
      ],
    }),
  ).toMatchObject({ added: 2, removed: 1 })
  expect(diffOf({ content: 'a\nb\n' })).toMatchObject({ added: 2, removed: 0 })
  expect(diffOf({ command: 'ls' })).toBeUndefined()
  expect(diffOf({ old_string: 1, new_string: [] }, { structuredPatch: 'x' })).toBeUndefined()
})

test('times are short and never negative', () => {
  expect([ago(0, 59_000), ago(0, 61_000), ago(0, 7_200_000), ago(0, 200_000_000), ago(10, 0)]).toEqual([
    'now',
    '1m',
    '2h',
    '2d',
    'now',
  ])
  expect([clockTime(0), clockTime(67_000), clockTime(3_723_000)]).toEqual(['0:00', '1:07', '1:02:03'])
  expect([duration(240), duration(42_000), duration(185_000)]).toEqual(['0.2 s', '42 s', '3 min 5 s'])
  expect([dollars(0), dollars(0.0031), dollars(1.5)]).toEqual(['$0.00', '$0.0031', '$1.50'])
})

test('a duration is never sixty of anything', () => {
  expect([9_949, 9_960, 59_400, 59_600, 119_700, 3_599_600, 7_199_600].map(duration)).toEqual([
    '9.9 s',
    '10 s',
    '59 s',
    '1 min 0 s',
    '2 min 0 s',
    '1 h 0 min',
    '2 h 0 min',
  ])
})
