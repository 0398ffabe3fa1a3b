// @vitest-environment node
import { idSchema } from '@farhand/shared'
import { expect, test } from 'vitest'
import { newId } from './ids.ts'

test('ids are UUIDs that the protocol takes, without randomUUID', () => {
  const ids = Array.from({ length: 200 }, () => newId())
  expect(ids.every((id) => idSchema.safeParse(id).success)).toBe(true)
  expect(new Set(ids).size).toBe(ids.length)
  expect(newId((bytes) => bytes.fill(0xff))).toBe('ffffffff-ffff-4fff-bfff-ffffffffffff')
})
