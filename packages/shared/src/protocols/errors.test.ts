import { expect, test } from 'vitest'
import { ERROR_CODES, FarhandError, fromWire, isErrorCode, toWire } from './errors.ts'

test('a known error crosses the wire with its code, message and pause', () => {
  const wire = toWire(new FarhandError('RATE_LIMITED', 'Slow down.', { retryAfterMs: 500 }))
  expect(wire).toEqual({ code: 'RATE_LIMITED', message: 'Slow down.', retryable: true, retryAfterMs: 500 })
  expect(fromWire(wire)).toMatchObject({ code: 'RATE_LIMITED', message: 'Slow down.', retryAfterMs: 500 })
})

test('a fault without a code is INTERNAL, and its text stays inside', () => {
  const wire = toWire(new Error('secret path /home/anna'))
  expect(wire.code).toBe('INTERNAL')
  expect(JSON.stringify(wire)).not.toContain('anna')
})

test('a code of a newer peer is INTERNAL here, with its message', () => {
  const error = fromWire({ code: 'FROM_THE_FUTURE', message: 'New.', retryable: false })
  expect(error).toMatchObject({ code: 'INTERNAL', message: 'New.' })
})

test('names of Object.prototype are no codes', () => {
  expect(isErrorCode('toString')).toBe(false)
  expect(isErrorCode('GAP')).toBe(true)
})

test('every code says what it means and what to do', () => {
  for (const [code, { meaning, remedy }] of Object.entries(ERROR_CODES)) {
    expect(meaning, code).toMatch(/^[A-Z].*\.$/)
    expect(remedy, code).toMatch(/^[A-Z].*\.$/)
  }
})
