import { readFiles, repositoryFiles, runsTests, type TextFile } from './files.ts'
import { show, type Finding, type Report } from './report.ts'

/**
 * docs/protocol.md and the tests name the same rules. A rule is a list item that begins with its id in bold, `**SUB3**`;
 * one that says `(planned)` needs no test yet. A test names its rules at the start of its title: `[SUB3] …`,
 * `[LOG2, CMD1] …`.
 */
export function compareRules(protocol: TextFile, tests: readonly TextFile[]): Report {
  const rules = definedRules(protocol)
  const named = tests.flatMap(namedRules)
  const tested = new Set(named.map((one) => one.id))
  const untested = [...rules.values()].filter((rule) => !tested.has(rule.id))
  const planned = untested.filter((rule) => rule.planned)
  return {
    findings: [
      ...named
        .filter((one) => !rules.has(one.id))
        .map(({ id, path, line }): Finding => ({ path, line, message: `${id} is no rule of ${protocol.path}` })),
      ...untested
        .filter((rule) => !rule.planned)
        .map(({ id, line }): Finding => ({ path: protocol.path, line, message: `${id} has no test` })),
    ],
    notes: [
      `${rules.size} rules, ${rules.size - untested.length} tested by ${named.length} titles`,
      ...(planned.length > 0 ? [`planned: ${planned.map((rule) => rule.id).join(', ')}`] : []),
    ],
  }
}

type Rule = { id: string; line: number; planned: boolean }
type Named = { id: string; path: string; line: number }

const ID = '[A-Z]{2,4}[0-9]{1,2}'
const DEFINITION = new RegExp(String.raw`^\s*[-*+] \*\*(${ID})\*\*([\s\S]*?)(?=\n\s*[-*+] |\n#|\n\n|$(?![\s\S]))`, 'gm')
const TITLE = new RegExp(String.raw`['"\`]((?:\[${ID}(?:[,/\s]+${ID})*\]\s*)+)`, 'g')

function definedRules({ text }: TextFile): Map<string, Rule> {
  const definitions = [...text.matchAll(DEFINITION)].map(({ 0: all, 1: id = '', 2: words = '', index }): Rule => {
    return { id, line: lineAt(text, index + all.indexOf(id)), planned: words.includes('(planned)') }
  })
  return new Map(definitions.map((rule) => [rule.id, rule]))
}

function namedRules({ path, text }: TextFile): Named[] {
  return [...text.matchAll(TITLE)].flatMap((match) =>
    [...(match[1] ?? '').matchAll(new RegExp(ID, 'g'))].map(([id]) => ({ id, path, line: lineAt(text, match.index) })),
  )
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length
}

if (import.meta.main) {
  const paths = repositoryFiles()
  const [protocol] = readFiles(paths.filter((path) => path === 'docs/protocol.md'))
  // The checks' own tests hold examples of titles, good and bad.
  const suites = readFiles(paths.filter((path) => path.endsWith('.ts') && !path.startsWith('scripts/check/')))
  show('rules', compareRules(protocol ?? { path: 'docs/protocol.md', text: '' }, suites.filter(runsTests)))
}
