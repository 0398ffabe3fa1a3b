import { expect, test } from 'vitest'
import { checkEvidence } from './evidence.ts'

const page = (...lines: string[]) => ({ path: 'docs/a.md', text: lines.join('\n') })
const suite = (path: string, ...lines: string[]) => ({ path, text: lines.join('\n') })
const SUITES = [
  suite('packages/agent/test/claude.test.ts', "describe('permissions', run)", "  test('[REQ6] a plan\\'s text', run)"),
  suite(
    'packages/agent/src/spool/spool.test.ts',
    "test.for([['a', 1]])('[LOG8] it says \"%s\"', run)",
    "const a = 'words'",
  ),
  suite('packages/agent/test/import.long.test.ts', 'test(', "  'deleted',", '  run)'),
]
const findings = (...lines: string[]) => checkEvidence([page(...lines)], SUITES).findings

test('files, words of titles, several of them, and ids', () => {
  const lines = [
    '| a | agent/claude (permissions, a',
    "plan's text), agent/import (deleted) |",
    'agent/spool `[LOG8]` (it says)',
  ]
  expect(checkEvidence([page(...lines)], SUITES)).toEqual({ findings: [], notes: ['1 pages name 3 tests'] })
})

test('paths of the repository are no tests', () => {
  expect(findings('[a](../packages/agent/src/claude/lines.ts) and packages/agent/test')).toEqual([])
})

test.for([
  ['agent/nothing', 'agent/nothing is no test file'],
  ['server/claude', 'server/claude is no test file'],
  ['agent/claude (permissions, a dream)', 'agent/claude has no title with "a dream"'],
  ['agent/claude `[REQ6]` `[REQ5]`', 'agent/claude has no title with "[REQ5]"'],
  ['agent/spool (words)', 'agent/spool has no title with "words"'],
])('%s is told, at its line', ([words = '', message]) => {
  expect(findings('', words)).toEqual([{ path: 'docs/a.md', line: 2, message }])
})
