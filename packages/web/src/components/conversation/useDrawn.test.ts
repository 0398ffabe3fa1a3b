import { mount } from '@vue/test-utils'
import { defineComponent, nextTick, ref, shallowRef, type Ref } from 'vue'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { NEWEST, PAGE_ROWS, pinned, type Drawn, type RowWindow } from './rowWindow.ts'
import { useDrawn } from './useDrawn.ts'

const ROWS = 120
const keysOf = (count: number): string[] => Array.from({ length: count }, (_, index) => `row ${index}`)

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** The end of a conversation, drawn to its whole depth. */
async function scene() {
  const [keys, rowWindow] = [ref(keysOf(ROWS)), shallowRef<RowWindow>(NEWEST)]
  let moves = 0
  let shown: Readonly<Ref<Drawn>> | undefined
  const view = mount(
    defineComponent(() => {
      shown = useDrawn(keys, rowWindow, () => moves)
      return () => null
    }),
  )
  const frame = async (): Promise<void> => {
    vi.advanceTimersToNextFrame()
    for (let task = 0; task < 4; task += 1) await nextTick()
  }
  const first = (): number | undefined => shown?.value.first
  for (let frames = 0; frames < 20; frames += 1) await frame()
  expect(first()).toBe(ROWS - PAGE_ROWS)
  return { keys, rowWindow, first, frame, move: () => (moves += 1), end: () => view.unmount() }
}

test('rows leave above in a frame in which nothing else moves', async () => {
  const { keys, first, frame, move, end } = await scene()
  keys.value = keysOf(ROWS + 1)
  await nextTick()
  move() // the view is led on to the new row
  await frame()
  expect(first()).toBe(ROWS - PAGE_ROWS)
  await frame()
  expect(first()).toBeGreaterThan(ROWS - PAGE_ROWS)
  end()
})

test('where every frame moves, rows leave nevertheless', async () => {
  const { keys, first, frame, move, end } = await scene()
  keys.value = keysOf(ROWS + 1)
  await nextTick()
  for (let frames = 0; frames < 20; frames += 1) {
    move()
    await frame()
  }
  expect(first()).toBeGreaterThan(ROWS - PAGE_ROWS)
  end()
})

test('who is elsewhere has nothing held for them', async () => {
  const { keys, rowWindow, first, end } = await scene()
  rowWindow.value = pinned(keys.value, { first: 20, end: 60 })
  await nextTick()
  rowWindow.value = pinned(keys.value, { first: 40, end: 80 })
  await nextTick()
  expect(first()).toBe(40)
  end()
})
