import type { SessionSummary } from '@farhand/shared'
import { expect, test } from 'vitest'
import type { PushNews, PushRecord } from '../log/push/store.ts'
import { decideNews, kindOfEnd, whoWants } from './decide.ts'

const session = (part: Partial<SessionSummary> = {}): SessionSummary => ({
  ...{ sessionId: 's', projectId: 'p', head: 9, running: 1, attention: 1, readUpTo: 2, archived: false, pinned: false },
  ...{ createdAt: 0, updatedAt: 0 },
  ...part,
})
const news = (kind: PushNews['kind']): PushNews => ({ sessionId: 's', key: 'k', kind, seq: 5, at: 100 })
const nobody = { session: false, any: false }
const elsewhere = { session: false, any: true }
const here = { session: true, any: true }

test.each([
  ['need', session(), nobody, 'tell'],
  ['need', session(), elsewhere, 'tell'],
  ['need', session(), here, 'wait'],
  ['need', session({ attention: 0 }), nobody, 'drop'],
  ['need', session({ readUpTo: 5 }), nobody, 'drop'],
  ['need', session({ archived: true }), nobody, 'drop'],
  ['need', undefined, nobody, 'drop'],
  ['failed', session(), elsewhere, 'tell'],
  ['failed', session(), here, 'drop'],
  ['finished', session({ running: 0 }), nobody, 'tell'],
  ['finished', session({ running: 0 }), elsewhere, 'drop'],
  ['finished', session({ running: 1 }), nobody, 'drop'],
] as const)('%s, %o, seen %o: %4$s', (kind, summary, inSight, expected) =>
  expect(decideNews(news(kind), summary, inSight)).toBe(expected),
)

test('who chose the kind before it happened wants it', () => {
  const push = (createdAt: number, kinds: PushRecord['kinds']): PushRecord => ({
    ...{ login: `${createdAt}`, endpoint: 'e', keys: { p256dh: 'p', auth: 'a' }, problem: undefined },
    ...{ createdAt, kinds },
  })
  const pushes = [push(50, ['need']), push(60, ['failed']), push(100, ['need']), push(200, ['need'])]
  expect(whoWants(pushes, news('need')).map(({ createdAt }) => createdAt)).toEqual([50])
})

test.each([
  ['streaming', undefined, '{}', undefined],
  ['complete', undefined, '{"durationMs":30000}', 'finished'],
  ['complete', undefined, '{"durationMs":29999}', undefined],
  ['complete', undefined, 'e2e:v1:k:sealed', undefined],
  ['error', 'INTERRUPTED', '{}', 'failed'],
  ['error', 'CANCELLED', '{"durationMs":90000}', undefined],
] as const)('an end that is %s %s %s is %s', (status, code, response, kind) =>
  expect(kindOfEnd({ status, response, ...(code === undefined ? {} : { code }) })).toBe(kind),
)
