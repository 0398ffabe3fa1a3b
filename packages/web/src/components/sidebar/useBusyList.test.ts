import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { effectScope, nextTick, ref } from 'vue'
import { useBusyList } from './useBusyList.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

async function showList() {
  document.body.innerHTML = '<div><a href="#">row</a><button>menu</button></div>'
  const list = document.querySelector('div')
  const scope = effectScope()
  const busy = scope.run(() => useBusyList(ref(list)))
  await nextTick()
  return {
    busy: () => busy?.value,
    tell: (name: string) => list?.dispatchEvent(new Event(name)),
    point: (name: string, pointerType: string) => list?.dispatchEvent(new PointerEvent(name, { pointerType })),
    focus: (name: 'a' | 'button') => list?.querySelector<HTMLElement>(name)?.focus(),
    close: () => scope.stop(),
  }
}

test('a list is busy with a pointer over it or the focus in it', async () => {
  const { busy, point, focus, close } = await showList()
  point('pointerenter', 'mouse')
  expect(busy()).toBe(true)
  point('pointerleave', 'mouse')
  expect(busy()).toBe(false)
  focus('a')
  expect(busy()).toBe(true)
  close()
})

test('under a finger it is busy until two seconds after the last touch, and while it rolls on', async () => {
  const { busy, tell, point, close } = await showList()
  point('pointerenter', 'touch')
  expect(busy()).toBe(false)
  tell('touchstart')
  point('pointerleave', 'touch')
  vi.advanceTimersByTime(10_000) // a finger that rests
  expect(busy()).toBe(true)
  tell('touchend')
  vi.advanceTimersByTime(1_900)
  tell('scroll')
  vi.advanceTimersByTime(1_900)
  expect(busy()).toBe(true)
  vi.advanceTimersByTime(200)
  expect(busy()).toBe(false)
  tell('scroll') // by a key, or by itself
  expect(busy()).toBe(false)
  close()
})

test('a tapped row holds the list no longer for having the focus; an open menu does', async () => {
  const { busy, tell, focus, close } = await showList()
  const tap = (what: 'a' | 'button'): void => {
    tell('touchstart')
    tell('touchend')
    focus(what)
    vi.advanceTimersByTime(2_001)
  }
  tap('a')
  expect(busy()).toBe(false)
  tap('button')
  expect(busy()).toBe(true)
  close()
})
