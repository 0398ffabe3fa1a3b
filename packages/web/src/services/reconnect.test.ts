// @vitest-environment node
import { FarhandError, RECONNECT_CAP_MS } from '@farhand/shared'
import { expect, test } from 'vitest'
import { afterFailure } from './reconnect.ts'

const rules = { baseMs: 250, maxAttempts: 0 }
const at = { online: true, now: 1_000, random: 1 }
const lost = new FarhandError('INTERNAL', 'gone')

test('[CON3] waits grow from 250 ms with full jitter to the cap, for ever', () => {
  expect(afterFailure(lost, 0, rules, at)).toEqual({ name: 'waiting', attempt: 1, until: 1_250 })
  expect(afterFailure(lost, 2, rules, at)).toEqual({ name: 'waiting', attempt: 3, until: 2_000 })
  expect(afterFailure(lost, 2, rules, { ...at, random: 0 })).toEqual({ name: 'waiting', attempt: 3, until: 1_000 })
  expect(afterFailure(lost, 10_000, rules, at)).toEqual({
    name: 'waiting',
    attempt: 10_001,
    until: 1_000 + RECONNECT_CAP_MS,
  })
})

test('a time that the relay names comes on top', () => {
  const busy = new FarhandError('RATE_LIMITED', 'slow down', { retryAfterMs: 5_000 })
  expect(afterFailure(busy, 1, rules, { ...at, random: 0 })).toMatchObject({ until: 6_000 })
})

test('what trying again would not help is not tried again', () => {
  expect(afterFailure(new FarhandError('UNAUTHENTICATED'), 1, rules, at)).toEqual({ name: 'signed-out' })
  expect(afterFailure(new FarhandError('UPGRADE_REQUIRED'), 1, rules, at)).toMatchObject({
    name: 'rejected',
    code: 'UPGRADE_REQUIRED',
  })
  expect(afterFailure(new FarhandError('FORBIDDEN'), 1, rules, at)).toMatchObject({
    name: 'rejected',
    code: 'FORBIDDEN',
  })
})

test('without a network it says so, and looks again all the same: the browser may be wrong', () => {
  expect(afterFailure(lost, 1, rules, { ...at, online: false })).toEqual({
    name: 'offline',
    attempt: 2,
    until: 1_000 + RECONNECT_CAP_MS,
  })
})

test('limits from the build: another first wait, and a number of attempts', () => {
  expect(afterFailure(lost, 0, { baseMs: 1_000, maxAttempts: 0 }, at)).toMatchObject({ until: 2_000 })
  expect(afterFailure(lost, 3, { baseMs: 250, maxAttempts: 3 }, at)).toEqual({
    name: 'waiting',
    attempt: 4,
    until: null,
  })
})
