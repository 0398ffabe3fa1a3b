import { expect, test } from 'vitest'
import { isReadable } from './reach.ts'

test.for([
  ['http://relay.example.org', true],
  ['http://192.168.1.7:3000', true],
  ['http://127.0.0.1.example.org', true],
  ['https://relay.example.org', false],
  ['http://localhost:3000', false],
  ['http://127.0.0.1:3000', false],
  ['http://[::1]:3000', false],
] as const)('whether somebody on the way to %s could read what is said: %s', ([url, readable]) => {
  expect(isReadable(url)).toBe(readable)
})
