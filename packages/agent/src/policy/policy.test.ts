import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { temporaryDirectory } from '../../test/temporary.ts'
import type { PolicyCall } from './decide.ts'
import { openPolicy } from './policy.ts'

/** Policies as they stand on a real disk. */

/** @param named how the agent was told where its directory is; left out, by its own path */
function machine(named?: string) {
  const directory = temporaryDirectory()
  const [dir, project] = [join(directory, '.farhand'), join(directory, 'shop')]
  for (const path of [dir, project]) mkdirSync(path)
  if (named !== undefined) symlinkSync(dir, join(directory, named))
  const policy = openPolicy(join(directory, named ?? '.farhand'), directory)
  const write = (file_path: string, root = project): PolicyCall => {
    return { tool: 'Write', input: { file_path }, cwd: root, project, root }
  }
  return { dir, project, judge: (path: string, root?: string) => policy.judge(write(path, root), []) }
}

describe("a project's file is anybody's", () => {
  test.for([
    ['a pipe', (file: string) => execFileSync('mkfifo', [file]), 'it is no file'],
    ['an endless device', (file: string) => symlinkSync('/dev/zero', file), 'it is no file'],
    ['a directory', (file: string) => mkdirSync(file), 'it is no file'],
    ['a link to nowhere', (file: string) => symlinkSync('/nowhere', file), undefined],
    ['a large one', (file: string) => writeFileSync(file, '#'.repeat(1024 * 1024 + 1)), 'it is larger than'],
  ] as const)('%s in its place stops nothing but calls', ([, make, says]) => {
    const { project, judge } = machine()
    const file = join(project, 'farhand.policy')
    make(file)
    const verdict = judge('a.ts')
    if (says === undefined) expect(verdict).toBeUndefined()
    else expect(verdict).toMatchObject({ verb: 'deny', reason: expect.stringContaining(`${file}: ${says}`) })
    rmSync(file, { recursive: true })
    expect(judge('a.ts')).toBeUndefined()
  })
})

describe("the agent's own directory", () => {
  test('is not written to, but for the worktree of the session', () => {
    const { dir, project, judge } = machine()
    const [own, other] = [join(dir, 'worktrees', 'shop-1'), join(dir, 'worktrees', 'shop-2')]
    for (const path of [own, other]) mkdirSync(path, { recursive: true })
    symlinkSync(join(dir, 'agent.db'), join(own, 'link'))
    const said = (path: string, root: string) => judge(path, root)?.verb
    expect(said('src/a.ts', own)).toBeUndefined()
    for (const path of ['link', join(dir, 'agent.db'), join(other, 'a.ts'), join(dir, 'worktrees', 'shop-10', 'a')]) {
      expect(said(path, own)).toBe('deny')
    }
    expect(said(join(own, 'a.ts'), project)).toBe('deny')
    expect(said('agent.db', dir)).toBe('deny')
    expect(said('farhand.policy', own)).toBe('ask')
  })

  test('is the same by every name, also where the agent itself was given a link', () => {
    const { dir, judge } = machine('link')
    for (const path of [join(dir, 'agent.db'), join(dir, '..', 'link', 'agent.db')]) {
      expect(judge(path)?.verb).toBe('deny')
    }
  })
})
