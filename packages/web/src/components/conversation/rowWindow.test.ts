// @vitest-environment node
import { expect, test } from 'vitest'
import {
  around,
  drawnRows,
  earlier,
  held,
  later,
  MOST_ROWS,
  NEWEST,
  PAGE_ROWS,
  pinned,
  type RowWindow,
} from './rowWindow.ts'

const keysOf = (count: number): string[] => Array.from({ length: count }, (_, index) => `row ${index}`)
const size = (keys: readonly string[], window: RowWindow): number => {
  const { first, end } = drawnRows(keys, window)
  return end - first
}

test('a short conversation is drawn whole, of a long one the end', () => {
  expect(drawnRows(keysOf(30), NEWEST)).toEqual({ first: 0, end: 30 })
  const { first, end } = drawnRows(keysOf(5_000), NEWEST)
  expect(end).toBe(5_000)
  expect(end - first).toBeLessThanOrEqual(PAGE_ROWS)
})

test('of the end so much is drawn as there was time for, up to all of it', () => {
  const keys = keysOf(5_000)
  expect(drawnRows(keys, NEWEST, 16)).toEqual({ first: 4_984, end: 5_000 })
  expect(drawnRows(keys, NEWEST, PAGE_ROWS)).toEqual(drawnRows(keys, NEWEST))
  // Where a reader is elsewhere, nothing is left out.
  const window = around(keys, 'row 900')
  expect(drawnRows(keys, window, 16)).toEqual(drawnRows(keys, window))
})

test('while following, the beginning moves in steps, so that most new rows push nothing out', () => {
  const starts = new Set(Array.from({ length: 20 }, (_, more) => drawnRows(keysOf(1_001 + more), NEWEST).first))
  expect(starts.size).toBeLessThanOrEqual(2)
})

test('rows that a step takes away stay as long as they are held, others do not', () => {
  const keys = keysOf(5_000)
  const drawn = { first: 140, end: 5_000 }
  expect(held(keys, drawn, 'row 120')).toEqual({ first: 120, end: 5_000 })
  expect(held(keys, drawn, undefined)).toEqual(drawn)
  // Nor those of a place far away, nor such as came above.
  expect(held(keys, drawn, 'row 20')).toEqual(drawn)
  expect(held(keys, drawn, 'row 150')).toEqual(drawn)
  expect(held(keys, drawn, 'gone')).toEqual(drawn)
})

test('never more than the most rows are drawn, up to the beginning and back', () => {
  const keys = keysOf(5_000)
  let window: RowWindow = NEWEST
  for (let step = 0; step < 60; step += 1) {
    window = earlier(keys, drawnRows(keys, window))
    expect(size(keys, window)).toBeLessThanOrEqual(MOST_ROWS)
  }
  expect(drawnRows(keys, window).first).toBe(0)
  for (let step = 0; step < 60; step += 1) {
    window = later(keys, drawnRows(keys, window))
    expect(size(keys, window)).toBeLessThanOrEqual(MOST_ROWS)
  }
  expect(drawnRows(keys, window).end).toBe(5_000)
})

test('a reader who left the end is pushed nowhere by new rows', () => {
  const before = keysOf(500)
  const window = pinned(before, drawnRows(before, NEWEST))
  const { first, end } = drawnRows(keysOf(700), window)
  expect(first).toBe(drawnRows(before, NEWEST).first)
  expect(end).toBe(700)
})

test('a row that is looked for is drawn; one that is gone leads to the end', () => {
  const keys = keysOf(2_000)
  const { first, end } = drawnRows(keys, around(keys, 'row 900'))
  expect(first).toBeLessThan(900)
  expect(end).toBeGreaterThan(900)
  expect(around(keys, 'no such row')).toEqual(NEWEST)
})

test('a window is held by rows, never by a mark: the line of its day comes with the row below it', () => {
  const keys = ['day:1', ...keysOf(150), 'day:2', 'new', ...keysOf(300).map((key) => `later ${key}`)]
  const window = pinned(keys, { first: 151, end: 250 })
  expect(window).toEqual({ firstKey: 'later row 0', endKey: 'later row 96' })
  expect(drawnRows(keys, window)).toEqual({ first: 151, end: 250 })
  // An older page that ends on the same day takes the line of the day with it.
  const loaded = ['day:1', 'day:2', 'older', ...keys.filter((key) => !key.startsWith('day:'))]
  expect(loaded[drawnRows(loaded, window).first]).toBe('new')
  expect(drawnRows(keys, earlier(keys, { first: 0, end: 40 })).first).toBe(0)
})
