import { effectScope, nextTick, shallowRef } from 'vue'
import { expect, test, vi } from 'vitest'
import { useFollow } from './useFollow.ts'

const VIEW_PX = 400

/** A scroller over content of a height that can be changed, as a browser would lay it out. */
function scene(height: number, whole = true) {
  let resized: () => void = () => undefined
  vi.stubGlobal(
    'ResizeObserver',
    class {
      constructor(told: () => void) {
        resized = told
      }
      observe(): void {}
      unobserve(): void {}
      disconnect(): void {}
    },
  )
  const [view, content] = [document.createElement('div'), document.createElement('div')]
  const state = { height, top: 0 }
  const most = (): number => Math.max(0, state.height - VIEW_PX)
  Object.defineProperties(view, {
    scrollHeight: { get: () => Math.max(VIEW_PX, state.height) },
    clientHeight: { value: VIEW_PX },
    scrollTop: {
      get: () => Math.min(state.top, most()),
      set: (top: number) => (state.top = Math.max(0, Math.min(top, most()))),
    },
  })
  content.innerHTML = '<p data-row="first"></p>'
  const scope = effectScope()
  const follow = scope.run(() => useFollow(shallowRef(view), shallowRef(content), () => whole))
  if (follow === undefined) throw new Error('no scope')
  return {
    ...follow,
    view,
    grow(to: number) {
      state.height = to
      resized()
    },
    /** As a line of text does, before the browser has laid it out. */
    write(to: number) {
      state.height = to
      content.append('more')
    },
    scrollTo(top: number) {
      view.scrollTop = top
      view.dispatchEvent(new Event('scroll'))
    },
    end: () => scope.stop(),
  }
}

test('what is folded until all of it fits is followed again, though nothing has scrolled', async () => {
  const { following, grow, leave, view, end } = scene(300)
  await nextTick()
  leave()
  grow(900)
  expect(following.value).toBe(false)
  grow(300)
  expect(following.value).toBe(true)
  grow(1_000)
  expect(view.scrollTop).toBe(1_000 - VIEW_PX)
  end()
})

test('a new line is followed in the task that wrote it, before it is laid out', async () => {
  const { view, write, scrollTo, moves, end } = scene(1_000)
  await nextTick()
  write(1_100)
  await vi.waitFor(() => expect(view.scrollTop).toBe(1_100 - VIEW_PX))
  const before = moves()
  write(1_150)
  await vi.waitFor(() => expect(moves()).toBe(before + 1))
  scrollTo(100)
  write(1_200)
  await nextTick()
  expect([view.scrollTop, moves()]).toEqual([100, before + 1])
  end()
})

test('who is led to a place that has the end in sight is at the end', async () => {
  const { following, leave, restore, end } = scene(300)
  await nextTick()
  leave()
  expect(restore({ row: 'first', offset: 80 })).toBe(true)
  expect(following.value).toBe(true)
  end()
})

test('growth moves nobody who left, and the end of a part is no end', async () => {
  const left = scene(1_000)
  await nextTick()
  left.scrollTo(100)
  left.grow(1_400)
  expect([left.following.value, left.view.scrollTop]).toEqual([false, 100])
  left.end()
  const part = scene(300, false)
  await nextTick()
  part.leave()
  part.grow(200)
  expect(part.following.value).toBe(false)
  part.end()
})
