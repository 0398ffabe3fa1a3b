import { mount } from '@vue/test-utils'
import { defineComponent, h, ref, useTemplateRef } from 'vue'
import { expect, test } from 'vitest'
import { keepClear, useClearRoom } from './keepClear.ts'

const box = (part: Partial<DOMRect>) => ({ top: 0, bottom: 0, right: 1000, ...part }) as DOMRect

/** Stands where it is told to. */
function standing(side: 'top' | 'bottom', where: Partial<DOMRect>) {
  return defineComponent(() => {
    keepClear(side, useTemplateRef<HTMLElement>('it'))
    return () =>
      h('div', {
        ref: 'it',
        onVnodeMounted: ({ el }) => el && Object.assign(el, { getBoundingClientRect: () => box(where) }),
      })
  })
}

test('what has left the page takes no room any more', async () => {
  const [Head, Dock] = [standing('top', { bottom: 48 }), standing('bottom', { top: 700 })]
  const asked = ref(true)
  const rooms: ReturnType<typeof useClearRoom>[] = []
  const page = mount(
    defineComponent(() => {
      rooms.push(useClearRoom())
      return () => [h(Head), asked.value ? h(Dock) : undefined]
    }),
  )
  await page.vm.$nextTick()
  expect(rooms[0]?.value).toMatchObject({ top: 48, bottom: 700 })
  asked.value = false
  await page.vm.$nextTick()
  expect(rooms[0]?.value).toMatchObject({ top: 48, bottom: undefined })
  page.unmount()
})
