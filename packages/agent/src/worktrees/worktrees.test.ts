import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AgentCommand } from '@farhand/shared'
import { expect, onTestFinished, test, vi } from 'vitest'
import { start } from '../../test/program.ts'
import { temporaryDirectory } from '../../test/temporary.ts'
import { createGit } from '../machine/git.ts'
import { openSpool } from '../spool/spool.ts'
import { countChanges, describeWorktree, listWorktrees, removeWorktree } from './leftWorktrees.ts'
import { createWorktrees } from './worktrees.ts'

/** Git and the program are started many times. */
vi.setConfig({ testTimeout: 60_000 })

function run(cwd: string, ...args: string[]): string {
  const who = ['-c', 'user.name=Dev', '-c', 'user.email=dev@example.com', '-c', 'commit.gpgsign=false']
  return execFileSync('git', [...who, ...args], { cwd, encoding: 'utf8' })
}

/** A project with one commit, and an agent's state beside it. */
function place() {
  const directory = temporaryDirectory()
  const [root, dir] = [join(directory, 'shop'), join(directory, 'agent')]
  mkdirSync(root)
  run(root, 'init', '-b', 'main')
  writeFileSync(join(root, '.gitignore'), '.env\n')
  run(root, 'add', '.')
  run(root, 'commit', '-m', 'first')
  const git = createGit({ PATH: process.env['PATH'] ?? '', HOME: directory })
  const spool = openSpool(dir, Date)
  onTestFinished(() => spool.close())
  const worktrees = createWorktrees({ git, facts: spool.facts, dir })
  const enter = (sessionId: string, words = 'fix it') => worktrees.enter(command(sessionId, words), root, root)
  return { root, dir, git, spool, worktrees, enter }
}

function command(sessionId: string, words: string): AgentCommand {
  return {
    type: 'agent_command',
    sessionId,
    projectId: randomUUID(),
    seq: 1,
    inputId: randomUUID(),
    kind: 'command',
    command: words,
    options: { worktree: true },
    author: { id: 'owner', name: 'Owner' },
    at: 1,
  }
}

test('sessions whose ids begin alike have worktrees of their own', async () => {
  const { enter, worktrees } = place()
  // UUIDs of version 7 begin with the time.
  const [one, two] = ['019a9f00-0000-7000-8000-00000000000a', '019a9f00-0000-7000-8000-00000000000b']
  const [first, second] = [await enter(one ?? ''), await enter(two ?? '')]
  expect(first.root).not.toBe(second.root)
  expect(await worktrees.leave(one ?? '')).toBe('removed')
  expect(existsSync(second.root)).toBe(true)
})

test('one that was made before a crash is taken up; what else stands in its place is not', async () => {
  const { enter, spool, root, git } = place()
  const sessionId = randomUUID()
  const made = await enter(sessionId)
  spool.facts.forget(sessionId)
  expect(await enter(sessionId)).toEqual(made)

  // Of a session that is called alike, with another branch.
  const other = `11111111${sessionId.slice(8)}`
  await expect(enter(other, 'something else')).rejects.toMatchObject({ code: 'BAD_REQUEST' })
  await git(['worktree', 'remove', made.root], { cwd: root })
  mkdirSync(made.root)
  writeFileSync(join(made.root, 'mine.txt'), '')
  await expect(enter(other, 'something else')).rejects.toMatchObject({ code: 'BAD_REQUEST' })
})

test('a part of a repository has none: it would be a worktree of all of it', async () => {
  const { worktrees, root } = place()
  const part = join(root, 'part')
  mkdirSync(part)
  const entering = worktrees.enter(command(randomUUID(), 'fix it'), part, part)
  await expect(entering).rejects.toMatchObject({ code: 'BAD_REQUEST', message: expect.stringContaining('only a part') })
})

test('the person at the machine sees what was left, and removes what no session has', async () => {
  const { root, dir, git, spool, enter, worktrees } = place()
  const [kept, used] = [randomUUID(), randomUUID()]
  const [left, open] = [await enter(kept), await enter(used)]
  for (const name of ['new.txt', '.env']) writeFileSync(join(left.root, name), '')
  expect(await worktrees.leave(kept)).toBe('kept')
  spool.facts.forget(kept)
  spool.facts.set(used, { directory: open.root })
  spool.inbox.start(used) // what is written at once takes along all that waits

  const lines: string[] = []
  const print = (line: string): void => void lines.push(line)
  expect(await listWorktrees({ dir, git }, print)).toBe(0)
  expect(lines.toSorted()).toEqual(
    [
      `${left.root}: farhand/fix-it-${kept.slice(-12)}; its session is deleted; 1 not committed, 1 ignored by git`,
      `${open.root}: farhand/fix-it-${used.slice(-12)}; session ${used}; nothing would be lost`,
    ].toSorted(),
  )

  expect(await removeWorktree({ dir, git }, open.root, print)).toBe(1)
  expect(lines.at(-1)).toContain('delete the session first')
  expect(await removeWorktree({ dir, git }, root, print)).toBe(1)
  expect(lines.at(-1)).toContain("none of the agent's worktrees")
  expect([open.root, root].every((path) => existsSync(path))).toBe(true)

  const name = left.root.split('/').at(-1) ?? ''
  const program = await start(['worktrees', 'remove', name, '--dir', dir], {}, root).child
  expect(program).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('is removed. Its branch farhand/fix-it'),
  })
  expect(existsSync(left.root)).toBe(false)
  expect(run(root, 'branch', '--list', 'farhand/*').split('\n').filter(Boolean)).toHaveLength(2)
})

test('what git says of changes is counted', () => {
  expect(countChanges(' M a\0?? b c\0!! .env\0')).toEqual({ changed: 2, ignored: 1 })
  expect(countChanges('')).toEqual({ changed: 0, ignored: 0 })
  expect(describeWorktree({ path: '/w', branch: undefined, changed: 0, ignored: 0 })).toContain('git does not know it')
})
