import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A file of the repository; `path` is relative to its root, with `/`. */
export type TextFile = { path: string; text: string }

export const ROOT = join(import.meta.dirname, '../..')

/** All files that git tracks or would track, as paths relative to the root. */
export function repositoryFiles(): string[] {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  const paths = listed.split('\0').filter((path) => path !== '' && existsSync(join(ROOT, path)))
  return [...new Set(paths)].sort()
}

export function readFiles(paths: readonly string[]): TextFile[] {
  return paths.map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }))
}

/** TypeScript and Vue files of the packages and the tools, tests included. */
export function isSource(path: string): boolean {
  return /^(packages\/[^/]+\/src|scripts|e2e|bench|chaos)\//.test(path) && /\.(ts|vue)$/.test(path)
}

/** Files that hold tests or serve them alone, told by where they are. */
export function isTest(path: string): boolean {
  return /\.(test|test-d|spec)\.ts$/.test(path) || /^packages\/[^/]+\/test\//.test(path) || path.startsWith('e2e/')
}

/** Contract suites are tests too, under names of their own: whoever imports a test runner is one. */
export function runsTests({ path, text }: TextFile): boolean {
  return isTest(path) || /^(import .*|}) from '(vitest|@playwright\/test)'$/m.test(text)
}

/** The TypeScript in a file, at its own lines: a Vue file's template and style are blanked. */
export function scriptOf({ path, text }: TextFile): string {
  if (!path.endsWith('.vue')) return text
  const scripts = [...text.matchAll(/<script\b[^>]*>([\s\S]*?)<\/script>/g)]
  const blank = (part: string): string => part.replace(/[^\n]/g, ' ')
  let script = ''
  let at = 0
  for (const match of scripts) {
    const body = match[1] ?? ''
    const start = match.index + match[0].indexOf('>') + 1
    script += blank(text.slice(at, start)) + body
    at = start + body.length
  }
  return script + blank(text.slice(at))
}
