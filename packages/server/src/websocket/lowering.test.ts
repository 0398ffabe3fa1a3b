import { expect, test } from 'vitest'
import { createLowering } from './lowering.ts'

const MUCH = 1_000_000

test('[SUB9] a page on its way lowers nobody; who stays behind is lowered once', () => {
  const lowering = createLowering<string>()
  expect(lowering.look('phone', MUCH, 0)).toBe(false)
  expect(lowering.look('phone', 0, 100)).toBe(false)
  expect(lowering.look('phone', MUCH, 2_000)).toBe(false)
  expect(lowering.isLowered('phone')).toBe(false)
  expect(lowering.look('phone', MUCH, 2_600)).toBe(true)
  expect(lowering.look('phone', MUCH, 3_000)).toBe(false)
  expect([lowering.isLowered('phone'), lowering.isLowered('desk')]).toEqual([true, false])
})

test('[SUB9] it is raised when it has read as it came for a while, not in one gap', () => {
  const lowering = createLowering<string>()
  let unread = MUCH
  const raise = (now: number): string[] => lowering.raise(() => unread, now)
  lowering.look('phone', unread, 0)
  lowering.look('phone', unread, 600)
  expect(raise(20_000)).toEqual([])
  unread = 0
  expect(raise(21_000)).toEqual([])
  unread = MUCH
  expect(raise(24_000)).toEqual([])
  unread = 0
  expect(raise(28_900)).toEqual([])
  expect(raise(29_000)).toEqual(['phone'])
  expect([lowering.isLowered('phone'), raise(40_000)]).toEqual([false, []])
})

test('nothing is left of a reader that is gone', () => {
  const lowering = createLowering<string>()
  lowering.look('phone', MUCH, 0)
  lowering.look('phone', MUCH, 600)
  lowering.forget('phone')
  expect(lowering.isLowered('phone')).toBe(false)
  expect(lowering.raise(() => 0, 90_000)).toEqual([])
})
