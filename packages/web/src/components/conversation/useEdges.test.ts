import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { defineComponent, h, ref, shallowRef } from 'vue'
import { useEdges } from './useEdges.ts'

const SOON = { timeout: 2_000 }

/** The browser's observer tells of an edge once, and again only when that has changed. */
const tellers = new Map<Element, (near: boolean) => void>()
let view: VueWrapper | undefined

beforeEach(() => {
  vi.stubGlobal(
    'IntersectionObserver',
    class {
      private readonly tell: IntersectionObserverCallback
      constructor(tell: IntersectionObserverCallback) {
        this.tell = tell
      }
      observe(edge: Element): void {
        tellers.set(edge, (isIntersecting) =>
          this.tell([{ isIntersecting } as IntersectionObserverEntry], this as never),
        )
      }
      disconnect(): void {}
    },
  )
})
afterEach(() => {
  view?.unmount()
  tellers.clear()
  vi.unstubAllGlobals()
})

/** A few frames. */
const rest = () => new Promise((done) => setTimeout(done, 100))

/** A conversation with `older` rows that are not drawn. */
function show(older: number) {
  const upper = document.createElement('div')
  const [hasEarlier, mayAsk, drawn] = [ref(true), ref(true), ref(0)]
  const prepareEarlier = vi.fn((_rows: number) => Promise.resolve())
  const showEarlier = vi.fn((rows: number) => {
    if (mayAsk.value) drawn.value = Math.min(older, drawn.value + rows)
    return Promise.resolve()
  })
  view = mount(
    defineComponent(() => {
      useEdges({
        scroller: shallowRef(document.createElement('div')),
        upper: shallowRef(upper),
        lower: shallowRef(null),
        ...{ following: ref(false), hasEarlier, hasLater: ref(false), mayAsk, prepareEarlier, showEarlier },
        showLater: () => Promise.resolve(),
        extent: () => `${drawn.value}`,
      })
      return () => h('div')
    }),
  )
  return { hasEarlier, mayAsk, drawn, prepareEarlier, showEarlier, near: () => tellers.get(upper)?.(true) }
}

test('near an edge all that is there is drawn, a few rows at a time, and then it is at rest', async () => {
  const { drawn, showEarlier, near } = show(300)
  await flushPromises()
  near()
  await vi.waitFor(() => expect(drawn.value).toBe(300), SOON)
  const calls = showEarlier.mock.calls.length
  await rest()
  expect(showEarlier.mock.calls.length).toBeLessThanOrEqual(calls + 1)
})

test('rows are made in one frame and shown in a later one', async () => {
  const { prepareEarlier, showEarlier, near } = show(300)
  let frame = 0
  const done: [string, number, number][] = []
  const count = (): void => {
    frame += 1
    if (done.length < 2) requestAnimationFrame(count)
  }
  requestAnimationFrame(count)
  prepareEarlier.mockImplementation(async (rows) => void done.push(['made', rows, frame]))
  showEarlier.mockImplementation(async (rows) => void done.push(['shown', rows, frame]))
  await flushPromises()
  near()
  await vi.waitFor(() => expect(done.length).toBeGreaterThan(1), SOON)
  const [made, shown] = done
  expect(made?.slice(0, 2)).toEqual(['made', 4])
  expect(shown?.slice(0, 2)).toEqual(['shown', 4])
  expect(shown?.[2]).toBeGreaterThan(made?.[2] ?? Number.NaN)
})

test('who stands at an edge while nothing may be asked for gets more once it may', async () => {
  const { drawn, mayAsk, near } = show(300)
  mayAsk.value = false
  await flushPromises()
  near()
  await rest()
  expect(drawn.value).toBe(0)
  mayAsk.value = true
  await vi.waitFor(() => expect(drawn.value).toBe(300), SOON)
})

test('an edge that was gone for a moment, as while there is no connection, goes on when it is back', async () => {
  const { drawn, hasEarlier, near } = show(300)
  hasEarlier.value = false
  await flushPromises()
  near()
  await rest()
  expect(drawn.value).toBe(0)
  hasEarlier.value = true
  await vi.waitFor(() => expect(drawn.value).toBe(300), SOON)
})

test('what others bring at an edge that stays near is drawn as well', async () => {
  const { drawn, showEarlier, near } = show(300)
  showEarlier.mockImplementationOnce(() => Promise.resolve()) // one that brought nothing
  await flushPromises()
  near()
  await vi.waitFor(() => expect(showEarlier).toHaveBeenCalledTimes(1), SOON)
  await rest()
  expect(drawn.value).toBe(0)
  drawn.value = 1
  await vi.waitFor(() => expect(drawn.value).toBe(300), SOON)
})

test('a drawing that fails ends only itself', async () => {
  const { drawn, hasEarlier, showEarlier, near } = show(300)
  const failed = vi.fn()
  showEarlier.mockImplementationOnce(() => Promise.reject(new Error('not this time')))
  const handler = view?.vm.$.appContext.app.config
  if (handler !== undefined) handler.errorHandler = failed
  await flushPromises()
  near()
  await vi.waitFor(() => expect(failed).toHaveBeenCalledTimes(1), SOON)
  hasEarlier.value = false
  await flushPromises()
  hasEarlier.value = true
  await vi.waitFor(() => expect(drawn.value).toBe(300), SOON)
})
