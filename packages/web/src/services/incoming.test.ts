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

/** It is 3 to 5 in a page; where tests run every global costs more, and it is up to 25. */
const MAX_COPIES = 100

test('reading entries costs a few times what copying them does', () => {
  const entries = Array.from({ length: MAX_PAGE_ENTRIES }, (_, index) => ({
    ...buildEntry(index + 1),
    response: 'x'.repeat(200),
    author: { id: 'owner', name: 'Owner' },
  }))
  const page = { ok: true, entries, from: 0, to: MAX_PAGE_ENTRIES }
  const pages = 5_000 / MAX_PAGE_ENTRIES
  const reading = costOf(pages, () => readAnswer('read', page))
  const copying = costOf(pages, () => structuredClone(page))
  if (process.env['SHOW_COST'] !== undefined) console.info(`${reading.toFixed(1)} ms, ${copying.toFixed(1)} ms`)
  expect(reading / copying).toBeLessThan(MAX_COPIES)
})

/** In milliseconds; the first time, which compiles, does not count. */
function costOf(times: number, act: () => unknown): number {
  act()
  const start = performance.now()
  for (let done = 0; done < times; done += 1) act()
  return performance.now() - start
}
