import { mount } from '@vue/test-utils'
import { defineComponent, nextTick, ref, shallowRef, watch, type Ref } from 'vue'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { NEWEST, PAGE_ROWS, pinned, type Drawn, type RowWindow } from './rowWindow.ts'
import { useDrawn } from './useDrawn.ts'

const ROWS = 120
const keysOf = (count: number): string[] => Array.from({ length: count }, (_, index) => `row ${index}`)

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** The end of a conversation, drawn to its whole depth unless it is to be met on the way there. */
async function scene({ isWhole = true } = {}) {
  const [keys, rowWindow] = [ref(keysOf(ROWS)), shallowRef<RowWindow>(NEWEST)]
  let moves = 0
  let shown: Readonly<Ref<Drawn>> | undefined
  const view = mount(
    defineComponent(() => {
      shown = useDrawn(keys, rowWindow, () => moves)
      watch(shown, () => (moves += 1), { flush: 'post' }) // the view is led on
      return () => null
    }),
  )
  const frame = async (): Promise<void> => {
    vi.advanceTimersToNextFrame()
    for (let task = 0; task < 4; task += 1) await nextTick()
  }
  const first = (): number | undefined => shown?.value.first
  for (let frames = 0; isWhole && frames < 20; frames += 1) await frame()
  if (isWhole) expect(first()).toBe(ROWS - PAGE_ROWS)
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

test('a row that comes while others are still drawn above takes none away in its frame, however many came before', async () => {
  const { keys, first, frame, move, end } = await scene({ isWhole: false })
  for (let frames = 0; frames < 30 && (first() ?? 0) > ROWS - PAGE_ROWS / 2; frames += 1) await frame()
  const before = first() ?? 0
  keys.value = keysOf(ROWS + 1)
  await nextTick()
  move()
  expect(first()).toBe(before)
  await frame()
  expect(first()).toBe(before)
  end()
})

test('what leaves later waits for its own frame, also when what left before was waiting for one', async () => {
  const { keys, first, frame, move, end } = await scene()
  for (const more of [1, 21]) {
    keys.value = keysOf(ROWS + more)
    await nextTick()
    move()
    await frame()
    expect(first()).toBe(ROWS - PAGE_ROWS)
  }
  await frame()
  expect(first()).toBe(ROWS - PAGE_ROWS + 40)
  end()
})

test('where every frame moves, rows leave nevertheless', async () => {
  const { keys, first, frame, move, end } = await scene()
  keys.value = keysOf(ROWS + 1)
  await nextTick()
  for (let frames = 0; frames < 200; frames += 1) {
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
