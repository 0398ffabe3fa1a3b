import { commandResponseSchema } from '@farhand/shared'
import { expect, test } from 'vitest'
import { cutText, fitJson, fitKey } from './fit.ts'

test('what fits stays as it came', () => {
  const value = { a: 'x'.repeat(50) }
  expect(fitJson(value, 100)).toEqual({ value })
  expect(fitJson(value, 100).value).toBe(value)
})

test('long strings are cut, everything else stays', () => {
  const { value, truncatedBytes } = fitJson({ long: 'x'.repeat(10_000), n: 7, inner: { short: 'ok' } }, 1_000)
  expect(Buffer.byteLength(JSON.stringify(value))).toBeLessThanOrEqual(1_000)
  expect(value).toMatchObject({ n: 7, inner: { short: 'ok' } })
  expect(truncatedBytes).toBeGreaterThan(10_000)
})

test('very many short parts are given up, their names stay', () => {
  const { value } = fitJson({ id: 'a', list: Array.from({ length: 5_000 }, (_, index) => index) }, 1_000)
  expect(value).toEqual({ id: 'a', list: [] })
})

test('no character is cut in half', () => {
  expect(cutText('ab😀cd', 5)).toBe('ab')
  expect(cutText('ab😀cd', 6)).toBe('ab😀')
  expect(cutText('héllo', 2)).toBe('h')
})

test('a key that is too long for the wire is told apart all the same', () => {
  const { key } = commandResponseSchema.shape
  expect(fitKey('x'.repeat(200))).toBe('x'.repeat(200))
  const long = ['x', 'y'].map((end) => fitKey(`${'x'.repeat(1_000)}${end}`))
  expect(new Set(long).size).toBe(2)
  for (const each of long) expect(key.safeParse(each).success).toBe(true)
  expect(key.safeParse('x'.repeat(201)).success).toBe(false)
})
