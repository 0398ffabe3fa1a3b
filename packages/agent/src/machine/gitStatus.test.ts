import { expect, test } from 'vitest'
import { parseGitStatus } from './gitStatus.ts'

const records = (...lines: string[]) => `${lines.join('\0')}\0`

test('the head, the branch, its upstream and how far it is from that', () => {
  const source = records(
    '# branch.oid 1234',
    '# branch.head main',
    '# branch.upstream origin/main',
    '# branch.ab +2 -3',
  )
  expect(parseGitStatus(source, '')).toEqual({
    repository: true,
    commit: '1234',
    branch: 'main',
    upstream: 'origin/main',
    ahead: 2,
    behind: 3,
    files: [],
    truncated: false,
  })
})

test('no commit yet, and a detached head', () => {
  const status = parseGitStatus(records('# branch.oid (initial)', '# branch.head (detached)', '# new.header x'), '')
  expect(status).not.toHaveProperty('commit')
  expect(status).not.toHaveProperty('branch')
})

test('each kind of record, also with spaces and a newline in the name', () => {
  const source = records(
    '1 M. N... 100644 100644 100644 a b staged file',
    '1 .D N... 100644 100644 000000 a b gone\nfile',
    '1 AM N... 000000 100644 100644 a b both',
    '1 .T N... 100644 100644 120000 a b link',
    '2 R. N... 100644 100644 100644 a b R100 new name',
    'old name',
    'u UU N... 1 2 3 4 a b c fight',
    '? fresh',
    '! ignored',
  )
  expect(parseGitStatus(source, '').files).toEqual([
    { path: 'staged file', state: 'modified', staged: true, unstaged: false },
    { path: 'gone\nfile', state: 'deleted', staged: false, unstaged: true },
    { path: 'both', state: 'added', staged: true, unstaged: true },
    { path: 'link', state: 'type_changed', staged: false, unstaged: true },
    { path: 'new name', from: 'old name', state: 'renamed', staged: true, unstaged: false },
    { path: 'fight', state: 'conflicted', staged: false, unstaged: true },
    { path: 'fresh', state: 'untracked', staged: false, unstaged: true },
  ])
})

test('paths are told from the directory that was asked about, not from the root of the repository', () => {
  const source = records('? shop/a.txt', '2 R. N... 1 2 3 a b R100 shop/new', 'other/old')
  expect(parseGitStatus(source, 'shop/').files).toEqual([
    { path: 'a.txt', state: 'untracked', staged: false, unstaged: true },
    { path: 'new', from: 'other/old', state: 'renamed', staged: true, unstaged: false },
  ])
})

test('a record that was cut off is left out, and more than fits is told', () => {
  expect(parseGitStatus('? a\0? b', '').files.map(({ path }) => path)).toEqual(['a'])
  const many = parseGitStatus(records(...Array.from({ length: 1_001 }, (_, index) => `? ${index}`)), '')
  expect(many.files).toHaveLength(1_000)
  expect(many.truncated).toBe(true)
})
