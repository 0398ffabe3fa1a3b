// @vitest-environment node
import { buildEntry } from '@farhand/shared/testing'
import { MAX_PAGE_ENTRIES } from '@farhand/shared'
import { beforeEach, expect, test, vi } from 'vitest'
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

test('reading 5,000 entries takes a moment that nobody sees', () => {
  const entries = Array.from({ length: MAX_PAGE_ENTRIES }, (_, index) => ({
    ...buildEntry(index + 1),
    response: 'x'.repeat(200),
    author: { id: 'owner', name: 'Owner' },
  }))
  const page = { ok: true, entries, from: 0, to: MAX_PAGE_ENTRIES }
  readAnswer('read', page)
  const start = performance.now()
  for (let pages = 0; pages < 5_000 / MAX_PAGE_ENTRIES; pages += 1) readAnswer('read', page)
  const tookMs = performance.now() - start
  if (process.env['SHOW_COST'] !== undefined) console.info(`${tookMs.toFixed(1)} ms`)
  expect(tookMs).toBeLessThan(500)
})
