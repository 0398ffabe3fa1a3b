// @vitest-environment node
import { expect, test } from 'vitest'
import { followAfterScroll } from './follow.ts'

const end = { top: 600, height: 1000, view: 400 }

test('moving up leaves the end, reaching it takes it up again', () => {
  expect(followAfterScroll(true, end, { ...end, top: 570 })).toBe(false)
  expect(followAfterScroll(false, { ...end, top: 100 }, { ...end, top: 300 })).toBe(false)
  expect(followAfterScroll(false, { ...end, top: 590 }, { ...end, top: 596 })).toBe(true)
})

test('growth of the content is not a wish of the reader', () => {
  expect(followAfterScroll(true, end, { top: 600, height: 1500, view: 400 })).toBe(true)
  expect(followAfterScroll(false, { ...end, top: 200 }, { top: 200, height: 1500, view: 400 })).toBe(false)
})

test('content that shrinks under one who follows keeps following', () => {
  expect(followAfterScroll(true, end, { top: 300, height: 700, view: 400 })).toBe(true)
})
