import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Git } from './git.ts'

/** More are not looked at: whoever has more finds a file by a command. */
const MAX_FILES = 50_000
const WALK_MS = 3_000
/** Looked at only where no git says what is ignored. */
const SKIPPED = new Set(['.git', 'node_modules', '.hg', '.svn', '.venv', '__pycache__'])

export type FileList = { paths: string[]; truncated: boolean }

/** Every file below a directory, by its path with `/`. Git says which where there is git, else the tree is walked. */
export async function listFiles(root: string, git: Git, signal: AbortSignal): Promise<FileList> {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard']
  const told = await git(args, { cwd: root, signal })
  if (told.exitCode !== 0 && !told.truncated) return walk(root, signal)
  const all = [...new Set(told.stdout.split('\0').filter((path) => path !== ''))]
  return { paths: all.slice(0, MAX_FILES), truncated: told.truncated || all.length > MAX_FILES }
}

/** Breadth first, so that what is left out lies deepest. Links are not followed, so there is no way out and no circle. */
async function walk(root: string, signal: AbortSignal): Promise<FileList> {
  const deadline = performance.now() + WALK_MS
  const paths: string[] = []
  const directories = ['']
  for (let directory = directories.shift(); directory !== undefined; directory = directories.shift()) {
    if (signal.aborted || performance.now() > deadline || paths.length > MAX_FILES) return cut(paths)
    const entries = await readdir(join(root, directory), { withFileTypes: true }).catch(() => [])
    for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = directory === '' ? entry.name : `${directory}/${entry.name}`
      if (entry.isFile()) paths.push(path)
      else if (entry.isDirectory() && !SKIPPED.has(entry.name)) directories.push(path)
    }
  }
  return paths.length > MAX_FILES ? cut(paths) : { paths, truncated: false }
}

function cut(paths: readonly string[]): FileList {
  return { paths: paths.slice(0, MAX_FILES), truncated: true }
}
