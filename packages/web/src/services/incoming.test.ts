// @vitest-environment node
import { buildEntry } from '@farhand/shared/testing'
import { beforeEach, expect, test, vi } from 'vitest'
import { timesAsLong } from '../testing/cost.ts'
import { readAnswer, readEvent } from './incoming.ts'
import type { RelayEvent } from './wire.ts'

beforeEach(() => void vi.spyOn(console, 'warn').mockReturnValue())

test('an entry that does not fit is left out of what it came with, and told', () => {
  const entry = buildEntry(1)
  expect(readEvent('command_result', [null, entry, { ...entry, seq: 'two' }, 5])).toEqual([entry])
  expect(readEvent('command_result', entry)).toEqual([entry])
  expect(console.warn).toHaveBeenCalledTimes(3)
  const page = { ok: true, entries: [undefined, entry], from: 0, to: 2 }
  expect(readAnswer('read', page)).toMatchObject({ ok: true, entries: [entry], to: 2 })
  expect(readAnswer('subscribe', { ...page, logEpoch: 'l', head: 2 })).toMatchObject({ entries: [entry], head: 2 })
})

test.each([
  ['heads', { serverTime: 'now', heads: {} }],
  ['presence_update', { sessionId: 's' }],
  ['project_update', null],
  ['goodbye', 'bye'],
  ['welcome', {}],
] as const)('a %s that nobody can read is dropped', (event, payload) => {
  expect(readEvent(event, payload)).toBeUndefined()
})

test('an event of a newer relay is nobody’s business', () => {
  expect(readEvent('hologram' as RelayEvent, {})).toBeUndefined()
  expect(readEvent('toString' as RelayEvent, {})).toBeUndefined()
})

test('a refusal keeps its code, and an answer of no shape is an error that is told', () => {
  const refusal = { ok: false, error: { code: 'RATE_LIMITED', message: 'slowly', retryable: true, retryAfterMs: 9 } }
  expect(readAnswer('probe', refusal)).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: 9 })
  for (const answer of [undefined, null, 'ok', { ok: true, entries: 'none' }])
    expect(readAnswer('read', answer)).toMatchObject({ code: 'INTERNAL' })
})

/** It is 3 to 5 in a page; where tests run every global costs more, and it is 5 to 8. */
const MAX_COPIES = 100
/** So few take a fraction of a millisecond. */
const PAGE_ENTRIES = 20
const PAGES = 100

test('reading entries costs a few times what copying them does', () => {
  const entries = Array.from({ length: PAGE_ENTRIES }, (_, index) => ({
    ...buildEntry(index + 1),
    response: 'x'.repeat(200),
    author: { id: 'owner', name: 'Owner' },
  }))
  const page = { ok: true, entries, from: 0, to: PAGE_ENTRIES }
  const copies = timesAsLong(
    PAGES,
    () => readAnswer('read', page),
    () => structuredClone(page),
  )
  if (process.env['SHOW_COST'] !== undefined) console.info(`as long as ${copies.toFixed(1)} copies`)
  expect(copies).toBeLessThan(MAX_COPIES)
})
