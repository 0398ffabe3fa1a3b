import { expect, test } from 'vitest'
import { readStatus } from './answer.ts'

const NOW = Date.parse('2026-03-01T10:00:00Z')

test.each([
  [201, undefined, { name: 'sent' }],
  [404, undefined, { name: 'gone' }],
  [410, undefined, { name: 'gone' }],
  [301, undefined, { name: 'refused', status: 301 }],
  [403, undefined, { name: 'refused', status: 403 }],
  [413, undefined, { name: 'refused', status: 413 }],
  [429, '3', { name: 'again', afterMs: 3_000, status: 429 }],
  [429, '3600', { name: 'refused', status: 429 }],
  [500, undefined, { name: 'again', afterMs: undefined, status: 500 }],
  [503, 'Sun, 01 Mar 2026 10:00:05 GMT', { name: 'again', afterMs: 5_000, status: 503 }],
  [503, 'Sun, 01 Mar 2026 09:00:00 GMT', { name: 'again', afterMs: 0, status: 503 }],
  [503, 'soon', { name: 'again', afterMs: undefined, status: 503 }],
])('%i with Retry-After %s', (status, retryAfter, answer) =>
  expect(readStatus(status, retryAfter, NOW)).toEqual(answer),
)
