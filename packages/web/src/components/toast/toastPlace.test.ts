// @vitest-environment node
import { expect, test } from 'vitest'
import { roomBetween } from '../../composables/keepClear.ts'
import { behindOf, placeOf } from './toastPlace.ts'

const DESK = { wide: true, coarse: false, count: 5, notice: false }
const PHONE = { wide: false, coarse: true, count: 1, notice: false }

test('the room is between the lowest of what stands at the top and the highest of what stands at the bottom', () => {
  const head = { side: 'top', box: { top: 0, bottom: 48, right: 1100 } } as const
  const details = { side: 'top', box: { top: 54, bottom: 300, right: 1050 } } as const
  const dock = { side: 'bottom', box: { top: 760, bottom: 900, right: 1100 } } as const
  expect(roomBetween([head, dock], 1440)).toEqual({ top: 48, right: 340, bottom: 760 })
  expect(roomBetween([head, dock, details], 1440)).toEqual({ top: 300, right: 340, bottom: 760 })
  expect(roomBetween([head], 1100)).toEqual({ top: 48, right: 0, bottom: undefined })
  expect(roomBetween([dock], 1100)).toBeUndefined()
})

test.each([
  ['a few on a desktop', { top: 48, right: 0, bottom: 760 }, DESK, 3],
  ['as many as there is room for', { top: 48, right: 0, bottom: 270 }, DESK, 2],
  ['none where it would lie over a request', { top: 48, right: 0, bottom: 130 }, DESK, 0],
  ['a few where nothing stands below', { top: 48, right: 0, bottom: undefined }, DESK, 3],
  ['one on a phone', { top: 52, right: 0, bottom: 700 }, PHONE, 1],
  ['one above its keyboard', { top: 52, right: 0, bottom: 300 }, PHONE, 1],
  ['none where a notice needs the room', { top: 52, right: 0, bottom: 200 }, { ...PHONE, notice: true }, 0],
])('%s', (_name, room, on, most) => expect(placeOf(room, on).most).toBe(most))

test('what needs somebody gives way last, and the older to the newer', () => {
  const toasts = (['need', 'failed', 'need', 'finished'] as const).map((kind, at) => ({ id: `${at}`, kind }))
  expect(behindOf(toasts, 4)).toEqual([])
  expect(behindOf(toasts, 3)).toEqual(['1'])
  expect(behindOf(toasts, 1)).toEqual(['0', '3', '1'])
  expect(behindOf(toasts, 0)).toHaveLength(4)
})

test('it stands a little below, and off the edge', () => {
  expect(placeOf({ top: 48, right: 340, bottom: 760 }, DESK).style).toEqual({ top: '56px', right: '352px' })
  expect(placeOf(undefined, DESK)).toEqual({ most: 3, style: undefined })
})
