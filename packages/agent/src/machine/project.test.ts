import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { temporaryDirectory } from '../../test/temporary.ts'
import { createGit } from './git.ts'
import { readGitDiff } from './gitDiff.ts'
import { readGitStatus } from './gitStatus.ts'
import { readProjectFile } from './readFile.ts'
import { createFileSearch, matchPaths } from './searchFiles.ts'

/** A project with real files, and a real git. */

const SIGNAL = new AbortController().signal

function project(files: Record<string, string>): { root: string; outside: string } {
  const directory = temporaryDirectory()
  const root = join(directory, 'shop')
  mkdirSync(root)
  for (const [path, text] of Object.entries(files)) write(root, path, text)
  return { root, outside: directory }
}

function write(root: string, path: string, text: string | Buffer): void {
  mkdirSync(join(root, path, '..'), { recursive: true })
  writeFileSync(join(root, path), text)
}

function git(root: string, ...args: string[]): void {
  const who = ['-c', 'user.name=Dev', '-c', 'user.email=dev@example.com', '-c', 'commit.gpgsign=false']
  execFileSync('git', [...who, ...args], { cwd: root, stdio: 'ignore' })
}

const reader = (root: string) => createGit({ PATH: process.env['PATH'] ?? '', HOME: root })
const search = (root: string, query: string, limit = 20) =>
  createFileSearch(reader(root), { now: () => 0 })(root, { query, limit }, SIGNAL)

describe('files.search', () => {
  test('finds by parts of the path, best first, and leaves out what git ignores', async () => {
    const { root } = project({
      '.gitignore': 'dist\n',
      'dist/cart.js': '',
      'src/cart.ts': '',
      'src/checkout/cartTotals.ts': '',
      'docs/readme.md': '',
    })
    git(root, 'init')
    expect(await search(root, 'cart')).toEqual({
      files: [{ path: 'src/cart.ts' }, { path: 'src/checkout/cartTotals.ts' }],
      truncated: false,
    })
    expect((await search(root, 'scarto')).files).toEqual([{ path: 'src/checkout/cartTotals.ts' }])
    expect(await search(root, '', 2)).toMatchObject({ files: [{}, {}], truncated: true })
  })

  test('without git the tree is walked: no node_modules, and no link leads out', async () => {
    const { root, outside } = project({ 'a.txt': '', 'node_modules/b/a.txt': '', 'deep/er/a.txt': '' })
    write(outside, 'secret/a.txt', '')
    symlinkSync(join(outside, 'secret'), join(root, 'link'))
    symlinkSync(root, join(root, 'circle'))
    expect((await search(root, 'a.txt')).files).toEqual([{ path: 'a.txt' }, { path: 'deep/er/a.txt' }])
  })

  test('a very large list is matched fast enough for every letter', () => {
    const paths = Array.from({ length: 50_000 }, (_, index) => `packages/part${index % 97}/src/file${index}.ts`)
    const begun = process.threadCpuUsage()
    expect(matchPaths(paths, 'part5file4999', 20)[0]).toContain('file4999')
    const { user, system } = process.threadCpuUsage(begun)
    // Some ten milliseconds of work; what took a second would be felt. What else the machine does meanwhile does not count.
    expect((user + system) / 1_000).toBeLessThan(1_000)
  })
})

describe('files.read', () => {
  test('the beginning of a text file, and how much there is', async () => {
    const { root } = project({ 'a.txt': 'Grüße' })
    expect(await readProjectFile(root, { path: 'a.txt' })).toEqual({
      path: 'a.txt',
      text: 'Grüße',
      bytes: 7,
      truncated: false,
    })
    // The third byte ends inside the ü.
    expect(await readProjectFile(root, { path: 'a.txt', maxBytes: 3 })).toMatchObject({ text: 'Gr', truncated: true })
  })

  test('what is outside answers as what is missing, also behind links and in .git', async () => {
    const { root, outside } = project({ '.git/config': 'url = https://user:password@example.com', '.GIT/config': 'x' })
    write(outside, 'secret.txt', 'secret')
    symlinkSync(join(outside, 'secret.txt'), join(root, 'link.txt'))
    const paths = [
      'missing.txt',
      '../secret.txt',
      join(outside, 'secret.txt'),
      'link.txt',
      '.git/config',
      '.GIT/config',
    ]
    for (const path of paths) {
      const refusal = { code: 'NOT_FOUND', message: 'There is no such file in the project.' }
      await expect(readProjectFile(root, { path }), path).rejects.toMatchObject(refusal)
    }
  })

  test('what is no text is refused, and a pipe does not hold us', async () => {
    const { root } = project({})
    write(root, 'image.png', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0]))
    write(root, 'latin1.txt', Buffer.from([0x47, 0xfc, 0x20]))
    execFileSync('mkfifo', [join(root, 'pipe')])
    for (const path of ['image.png', 'latin1.txt', 'pipe', '.']) {
      await expect(readProjectFile(root, { path }), path).rejects.toMatchObject({ code: 'BAD_REQUEST' })
    }
  })
})

describe('git', () => {
  test('status and diff of what was changed, deleted, staged and added', async () => {
    const { root } = project({ 'a.txt': 'one\n', 'b.txt': 'bee\n' })
    git(root, 'init', '-b', 'main')
    git(root, 'add', '.')
    git(root, 'commit', '-m', 'first')
    write(root, 'a.txt', 'two\n')
    rmSync(join(root, 'b.txt'))
    write(root, '-c.txt', 'fresh\n')
    expect(await readGitStatus(root, reader(root), SIGNAL)).toMatchObject({
      repository: true,
      branch: 'main',
      files: [
        { path: 'a.txt', state: 'modified' },
        { path: 'b.txt', state: 'deleted' },
        { path: '-c.txt', state: 'untracked' },
      ],
    })
    const diff = async (params?: { path?: string; staged?: boolean }) =>
      (await readGitDiff(root, reader(root), params, SIGNAL)).diff
    expect(await diff()).toContain('-one\n+two\n')
    expect(await diff({ path: 'b.txt' })).toContain('-bee\n')
    expect(await diff({ path: 'b.txt' })).not.toContain('two')
    expect(await diff({ path: '-c.txt' })).toContain('+fresh\n')
    expect(await diff({ staged: true })).toBe('')
    await expect(diff({ path: '../x' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  test('before the first commit everything is new; without git both say so', async () => {
    const { root } = project({ 'a.txt': 'one\n' })
    expect(await readGitStatus(root, reader(root), SIGNAL)).toEqual({ repository: false })
    await expect(readGitDiff(root, reader(root), {}, SIGNAL)).rejects.toMatchObject({ code: 'BAD_REQUEST' })
    git(root, 'init')
    git(root, 'add', 'a.txt')
    expect((await readGitDiff(root, reader(root), { staged: true }, SIGNAL)).diff).toContain('+one\n')
  })

  test('a long diff is cut and says so', async () => {
    const { root } = project({ 'a.txt': 'one\n' })
    git(root, 'init')
    git(root, 'add', '.')
    git(root, 'commit', '-m', 'first')
    write(root, 'a.txt', 'x'.repeat(100).concat('\n').repeat(20_000))
    const { diff, truncated } = await readGitDiff(root, reader(root), {}, SIGNAL)
    expect(truncated).toBe(true)
    expect(diff.length).toBeLessThanOrEqual(512 * 1024)
    write(root, 'a.txt', '語'.repeat(100).concat('\n').repeat(20_000))
    const wide = await readGitDiff(root, reader(root), {}, SIGNAL)
    expect(wide.truncated).toBe(true)
    expect(Buffer.byteLength(wide.diff)).toBeLessThanOrEqual(512 * 1024)
    expect(wide.diff.at(-1)).toBe('語')
  })

  test("nothing that the repository's own settings name is started", async () => {
    const { root, outside } = project({ 'a.txt': 'one\n', '.gitattributes': '*.txt diff=evil\n' })
    git(root, 'init')
    git(root, 'add', '.')
    git(root, 'commit', '-m', 'first')
    const trace = join(outside, 'started')
    const evil = join(outside, 'evil.sh')
    writeFileSync(evil, `#!/bin/sh\ntouch ${trace}\n`, { mode: 0o755 })
    for (const name of ['core.fsmonitor', 'core.pager', 'diff.external', 'diff.evil.command', 'diff.evil.textconv']) {
      git(root, 'config', name, evil)
    }
    write(root, '.git/hooks/post-index-change', `#!/bin/sh\ntouch ${trace}\n`)
    write(root, 'a.txt', 'two\n')
    await readGitStatus(root, reader(root), SIGNAL)
    await readGitDiff(root, reader(root), {}, SIGNAL)
    expect(existsSync(trace)).toBe(false)
  })
})
