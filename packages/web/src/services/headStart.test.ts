import { expect, test } from 'vitest'
import { fakeRelay } from '../testing/world.ts'
import { memoryDevice } from './device.ts'
import { beginEarly, takeHeadStart, type HeadStart } from './headStart.ts'

test('what was begun early is taken once; whoever comes later begins anew', () => {
  const made: HeadStart[] = []
  const begin = (): HeadStart => {
    const start = { relay: fakeRelay(() => ({ ok: true })).relay, device: Promise.resolve(memoryDevice()) }
    made.push(start)
    return start
  }
  beginEarly(begin)
  beginEarly(begin)
  expect(made).toHaveLength(1)
  expect(takeHeadStart(begin)).toBe(made[0])
  expect(takeHeadStart(begin)).toBe(made[1])
  expect(made).toHaveLength(2)
})
