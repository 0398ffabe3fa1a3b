import { basename } from 'node:path/posix'
import { readFiles, repositoryFiles, type TextFile } from './files.ts'
import { show, type Finding, type Report } from './report.ts'

/**
 * What a page calls shown is shown: `agent/claude` names a test file of that package, `claude.test.ts` or
 * `claude.long.test.ts`; with words in brackets, `agent/claude (a question, a plan)`, each of them stands in a title there;
 * with an id, `agent/link` and then `[CMD6]` in code, a title begins with that.
 */
export function checkEvidence(pages: readonly TextFile[], suites: readonly TextFile[]): Report {
  const titles = Map.groupBy(suites, ({ path }) => nameOf(path))
  const named = pages.flatMap(referencesOf)
  return {
    findings: named.flatMap(({ path, line, name, wanted }): Finding[] => {
      const known = titles.get(name)?.flatMap(titlesOf)
      if (known === undefined) return [{ path, line, message: `${name} is no test file` }]
      const missing = wanted.filter((words) => !known.some((title) => title.includes(words)))
      return missing.map((words) => ({ path, line, message: `${name} has no title with "${words}"` }))
    }),
    notes: [`${pages.length} pages name ${named.length} tests`],
  }
}

type Reference = { path: string; line: number; name: string; wanted: string[] }

const REFERENCE =
  /(?<![\w/.-])((?:agent|server|shared|web)\/[a-z]\w*)(?![\w/.-]*\/)((?:\s+`\[\w+\]`)*)(?:\s+\(([^)]*)\))?/g

function referencesOf({ path, text }: TextFile): Reference[] {
  return [...text.matchAll(REFERENCE)].map(({ 1: name = '', 2: ids = '', 3: words = '', index }) => ({
    path,
    line: text.slice(0, index).split('\n').length,
    name,
    wanted: [...ids.matchAll(/\[\w+\]/g)].map(([id]) => id).concat(listed(words)),
  }))
}

function listed(words: string): string[] {
  return words
    .split(',')
    .map((one) => one.replaceAll(/\s+/g, ' ').trim())
    .filter((one) => one !== '')
}

/** `packages/agent/src/claude/lines.test.ts` → `agent/lines`. */
function nameOf(path: string): string {
  const [, folder = ''] = path.split('/')
  return `${folder}/${basename(path).replace(/(\.long)?\.test\.ts$/, '')}`
}

/** What stands in quotes behind `test(`, `describe(`, or the table of a `test.for(…)(`. */
const TITLE = /(?:\b(?:test|describe)(?:\.\w+)*\(|\)\()\s*(['"`])((?:\\.|(?!\1)[^\\\n])*)\1/g

function titlesOf({ text }: TextFile): string[] {
  return [...text.matchAll(TITLE)].map(({ 2: title = '' }) => title.replaceAll(/\\(.)/g, '$1'))
}

if (import.meta.main) {
  const paths = repositoryFiles()
  const pages = readFiles(['docs/claude-code.md', 'docs/machine.md'])
  const suites = readFiles(paths.filter((path) => /^packages\/.*\.test\.ts$/.test(path)))
  show('evidence', checkEvidence(pages, suites))
}
