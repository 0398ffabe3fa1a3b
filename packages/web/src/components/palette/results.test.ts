// @vitest-environment node
import { emptyTimeline, foldEntries, type SessionSummary } from '@farhand/shared'
import { buildLog } from '@farhand/shared/testing'
import { expect, test, vi } from 'vitest'
import { fileQuery, findResults, type Sources } from './results.ts'

const session = (sessionId: string): SessionSummary => ({
  ...{ sessionId, projectId: 'p', head: 1, running: 0, attention: 0, archived: false, pinned: false, readUpTo: 1 },
  ...{ createdAt: 0, updatedAt: 0 },
})
const said = `${'Much was said before. '.repeat(5)}The coupon is applied once. ${'And after. '.repeat(20)}`
const sources: Sources = {
  sessions: [
    { session: session('a'), title: 'Add coupon API', project: 'shop', reason: 'Idle' },
    { session: session('b'), title: 'Terraform', project: 'infra', reason: 'Failed' },
  ],
  actions: [{ id: 'settings', title: 'Settings', run: vi.fn() }],
  logs: [
    {
      sessionId: 'a',
      title: 'Add coupon API',
      timeline: foldEntries(emptyTimeline(), buildLog([{ kind: 'text', key: 'k', final: true, response: said }])),
    },
  ],
  files: { query: 'cou', paths: ['src/coupon.ts', 'test/coupon.test.ts'], project: 'shop' },
}
const titles = (text: string): string[] => findResults(text, sources).map(({ type, title }) => `${type} ${title}`)

test('without a text everything that can be gone to or done is there', () => {
  expect(titles('')).toEqual(['session Add coupon API', 'session Terraform', 'action Settings'])
})

test('letters in order are enough, and a mark keeps to one kind', () => {
  expect(titles('adco')).toEqual(['session Add coupon API'])
  expect(titles('>set')).toEqual(['action Settings'])
  expect(titles('#infra')).toEqual(['session Terraform'])
  expect(titles('xyzzy')).toEqual([])
})

test('files are those that the machine found for what stands there now', () => {
  const files = ['file src/coupon.ts', 'file test/coupon.test.ts']
  expect(titles('@cou')).toEqual(files)
  expect(titles('cou').filter((title) => title.startsWith('file'))).toEqual(files)
  expect(titles('@coup')).toEqual([])
  expect(['@', '@a', 'ab', 'abc', '>abc', '#abc'].map(fileQuery)).toEqual([
    '',
    'a',
    undefined,
    'abc',
    undefined,
    undefined,
  ])
})

test('messages are found from three letters on, with what stands around', () => {
  expect(titles('COUPON')).toHaveLength(2)
  const [, message] = findResults('COUPON', sources)
  expect(message).toMatchObject({ type: 'message', sessionId: 'a', note: 'Add coupon API' })
  expect(message?.title).toMatch(/^….*The coupon is applied once\..*…$/)
  expect(findResults('co', sources).every(({ type }) => type !== 'message')).toBe(true)
})
