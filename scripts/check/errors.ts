import { ERROR_CODES, type CodeEntry, type Fault } from '@farhand/shared'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readFiles, repositoryFiles, ROOT } from './files.ts'
import { show, type Finding, type Report } from './report.ts'

const PATH = 'docs/errors.md'
const WRITE = 'node scripts/check/errors.ts --write'

type Codes = Record<string, CodeEntry>

/** docs/errors.md lists exactly the codes of the code, with the same fault, retry and words. */
export function compareErrors(codes: Codes, page: string): Report {
  const listed = listedCodes(page)
  const wrong = (message: string, line?: number): Finding => ({ path: PATH, ...(line && { line }), message })
  const findings = [
    ...Object.keys(codes)
      .filter((code) => !listed.some((row) => row.code === code))
      .map((code) => wrong(`${code} is missing`)),
    ...listed.flatMap(({ code, fault, retry, line }) => {
      const entry = codes[code]
      if (!entry) return [wrong(`${code} is not a code`, line)]
      return [
        ...(fault === FAULTS[entry.fault] ? [] : [wrong(`${code}: the fault is "${FAULTS[entry.fault]}"`, line)]),
        ...(retry === retryWord(entry) ? [] : [wrong(`${code}: retry is "${retryWord(entry)}"`, line)]),
      ]
    }),
  ]
  if (findings.length === 0 && page !== errorsPage(codes)) findings.push(wrong('the words differ from the code'))
  return {
    findings,
    notes: [
      `${Object.keys(codes).length} codes, ${listed.length} listed`,
      ...(findings.length > 0 ? [`write the page anew: ${WRITE}`] : []),
    ],
  }
}

/** The whole of docs/errors.md. */
export function errorsPage(codes: Codes): string {
  const rows = Object.entries(codes).map(([code, entry]) =>
    row([`\`${code}\``, FAULTS[entry.fault], retryWord(entry), entry.meaning, entry.remedy]),
  )
  return [
    '# Error codes',
    '',
    'Every refusal carries one code of this closed list, on the socket as over HTTP:',
    '`{ ok: false, error: { code, message, retryable, retryAfterMs? } }`. A command that fails ends with the code in its',
    'terminal entry. A code never changes its meaning and is never reused. "Retry" answers whether the very same request',
    'may be sent again, after `retryAfterMs` where it is given; an id makes that safe. A foreign id answers exactly as a',
    'missing one.',
    '',
    `Written by \`${WRITE}\` from`,
    '[errors.ts](../packages/shared/src/protocols/errors.ts); change it there.',
    '',
    row(['Code', 'Who is at fault', 'Retry', 'Meaning', 'What to do']),
    row(['---', '---', '---', '---', '---']),
    ...rows,
    '',
  ].join('\n')
}

const FAULTS: Record<Fault, string> = {
  sender: 'the sender',
  relay: 'the relay',
  agent: 'the agent',
  claude: 'Claude Code',
  acp: 'the ACP agent',
  nobody: 'nobody',
}

function retryWord(entry: CodeEntry): 'yes' | 'no' {
  return entry.retryable ? 'yes' : 'no'
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

function listedCodes(page: string): { code: string; fault: string; retry: string; line: number }[] {
  return page.split('\n').flatMap((text, index) => {
    const [, code = '', fault = '', retry = ''] = /^\|\s*`([A-Z_]+)`\s*\|([^|]*)\|([^|]*)\|/.exec(text) ?? []
    return code === '' ? [] : [{ code, fault: fault.trim(), retry: retry.trim(), line: index + 1 }]
  })
}

if (import.meta.main) {
  if (process.argv.includes('--write')) writeFileSync(join(ROOT, PATH), errorsPage(ERROR_CODES))
  const [page] = readFiles(repositoryFiles().filter((path) => path === PATH))
  show('errors', compareErrors(ERROR_CODES, page?.text ?? ''))
}
