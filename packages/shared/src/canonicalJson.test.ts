import { expect, test } from 'vitest'
import { canonicalJson } from './canonicalJson.ts'

test('the order of keys makes no difference, at any depth', () => {
  expect(canonicalJson({ b: [{ y: 1, x: 2 }], a: null })).toBe(canonicalJson({ a: null, b: [{ x: 2, y: 1 }] }))
  expect(canonicalJson({ b: 1, a: { d: 1, c: 2 } })).toBe('{"a":{"c":2,"d":1},"b":1}')
})

test('the order of an array does', () => {
  expect(canonicalJson([1, 2])).not.toBe(canonicalJson([2, 1]))
})

test('undefined members are as if absent', () => {
  expect(canonicalJson({ a: 1, b: undefined })).toBe('{"a":1}')
})
