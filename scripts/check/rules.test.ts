import { expect, test } from 'vitest'
import { compareRules } from './rules.ts'

const PROTOCOL = {
  path: 'docs/protocol.md',
  text: [
    '# Rules',
    '- **LOG1** seq has no holes.',
    '- **LOG2** the same again is stored once; see LOG9 for',
    '  **another** word.',
    '- **SUB7** *(planned)* A slow reader',
    '  is dropped.',
    '',
    'CMD3 in running text defines nothing.',
  ].join('\n'),
}

const titles = (...lines: string[]) => ({ path: 'a.test.ts', text: lines.join('\n') })

test('every rule with a test, every id known: nothing to correct', () => {
  const tests = titles("test('[LOG1] dense', () => {})", 'describe(`[LOG2] [LOG1] again`, () => {})')
  expect(compareRules(PROTOCOL, [tests])).toEqual({
    findings: [],
    notes: ['3 rules, 2 tested by 3 titles', 'planned: SUB7'],
  })
})

test('a title with an id that is no rule fails, at its line', () => {
  const tests = titles("test('[LOG1, LOG2] dense', run)", '', "test('[LOG9] nobody wrote this', run)")
  expect(compareRules(PROTOCOL, [tests]).findings).toEqual([
    { path: 'a.test.ts', line: 3, message: 'LOG9 is no rule of docs/protocol.md' },
  ])
})

test('a rule without a test fails unless it is planned', () => {
  const tests = titles("test.each(seeds)('[LOG1] seed %i', run)")
  expect(compareRules(PROTOCOL, [tests]).findings).toEqual([
    { path: 'docs/protocol.md', line: 3, message: 'LOG2 has no test' },
  ])
})

test('an id in running text, outside a title, tests nothing', () => {
  const tests = titles("test('[LOG1] a', run) // [LOG2]", "const text = 'see [LOG2]'")
  expect(compareRules(PROTOCOL, [tests]).findings).toHaveLength(1)
})
