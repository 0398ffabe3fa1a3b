import { mount } from '@vue/test-utils'
import { expect, test } from 'vitest'
import { nextTick } from 'vue'
import SidebarEdge from './SidebarEdge.vue'
import { fitWidth, NARROWEST_PX, WIDEST_PX, widthAfterKey } from './sidebarWidth.ts'

test.each([
  ['ArrowLeft', 300, 284],
  ['ArrowRight', 300, 316],
  ['ArrowLeft', NARROWEST_PX, NARROWEST_PX],
  ['ArrowRight', WIDEST_PX, WIDEST_PX],
  ['Home', 300, NARROWEST_PX],
  ['End', 300, WIDEST_PX],
  ['a', 300, undefined],
])('%s at %i', (key, from, to) => {
  expect(widthAfterKey(key, from)).toBe(to)
})

test('what was kept and is none falls back', () => {
  expect([fitWidth(Number.NaN), fitWidth(-1), fitWidth(1e9)]).toEqual([fitWidth(Number.NaN), NARROWEST_PX, WIDEST_PX])
})

test('the edge says how wide the list is, moves by keys, and the next page begins there', async () => {
  localStorage.clear()
  const edge = async () => {
    const mounted = mount(SidebarEdge)
    await nextTick()
    return mounted
  }
  const first = await edge()
  const before = Number(first.attributes('aria-valuenow'))
  await first.trigger('keydown', { key: 'ArrowRight' })
  const after = Number(first.attributes('aria-valuenow'))
  expect(after).toBeGreaterThan(before)
  expect(document.documentElement.style.getPropertyValue('--side')).toBe(`${after}px`)
  first.unmount()
  const second = await edge()
  expect(Number(second.attributes('aria-valuenow'))).toBe(after)
  await second.trigger('keydown', { key: 'ArrowRight', ctrlKey: true })
  expect(Number(second.attributes('aria-valuenow'))).toBe(after)
  await second.trigger('dblclick')
  expect(Number(second.attributes('aria-valuenow'))).toBe(before)
})
