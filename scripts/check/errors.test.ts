import { ERROR_CODES, type CodeEntry } from '@farhand/shared'
import { expect, test } from 'vitest'
import { compareErrors, errorsPage } from './errors.ts'

const CODES: Record<string, CodeEntry> = {
  TOO_LARGE: { fault: 'sender', retryable: false, meaning: 'Longer than a | b.', remedy: 'Shorten it.' },
  STORAGE_BUSY: { fault: 'relay', retryable: true, meaning: 'Locked.', remedy: 'Wait.' },
}
const PAGE = errorsPage(CODES)

const messages = (page: string) => compareErrors(CODES, page).findings.map((finding) => finding.message)

test('the page that is written is the page that is expected', () => {
  expect(compareErrors(CODES, PAGE)).toEqual({ findings: [], notes: ['2 codes, 2 listed'] })
  expect(compareErrors(ERROR_CODES, errorsPage(ERROR_CODES)).findings).toEqual([])
})

test('a code that is missing, or that nobody has, fails', () => {
  expect(messages(PAGE.replace(/^\| `STORAGE_BUSY`.*\n/m, ''))).toEqual(['STORAGE_BUSY is missing'])
  expect(messages(`${PAGE}| \`LATE\` | nobody | no | Late. | Wait. |\n`)).toEqual(['LATE is not a code'])
  expect(messages('')).toEqual(['TOO_LARGE is missing', 'STORAGE_BUSY is missing'])
})

test('another fault, another retry, other words fail', () => {
  expect(messages(PAGE.replace('| the relay |', '| nobody |'))).toEqual(['STORAGE_BUSY: the fault is "the relay"'])
  expect(messages(PAGE.replace('| yes |', '| no |'))).toEqual(['STORAGE_BUSY: retry is "yes"'])
  expect(messages(PAGE.replace('Locked.', 'Busy.'))).toEqual(['the words differ from the code'])
})
