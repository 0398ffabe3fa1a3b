import { flushPromises, mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { defineComponent, h } from 'vue'
import { beforeEach, expect, test, vi } from 'vitest'
import type * as LazyPart from '../../composables/lazyPart.ts'
import { useNoticeStore } from '../../stores/noticeStore.ts'
import ShellToasts from './ShellToasts.vue'

const file = vi.hoisted(() => ({ there: false, asked: 0 }))
const Stack = defineComponent({
  emits: ['there'],
  mounted() {
    this.$emit('there')
  },
  render: () => h('p', 'The toasts'),
})
vi.mock('../../composables/lazyPart.ts', async (original) => {
  const parts = await original<typeof LazyPart>()
  return {
    ...parts,
    lazyPart: () =>
      parts.lazyPart(() => {
        file.asked += 1
        return file.there ? Promise.resolve({ default: Stack }) : Promise.reject(new TypeError('no network'))
      }),
  }
})

beforeEach(() => setActivePinia(createPinia()))

test('nothing is fetched for nothing; a notice is there at once, and where the file does not come', async () => {
  const page = mount(ShellToasts)
  const notices = useNoticeStore()
  expect(file.asked).toBe(0)
  notices.show('Copied.')
  await flushPromises()
  expect(file.asked).toBe(1)
  expect(page.text()).toBe('Copied.')
  expect(notices.text).toBe('Copied.') // and not that a part could not be loaded
  await page.get('button').trigger('click')
  expect(page.text()).toBe('')

  file.there = true
  notices.show('Copied again.')
  await flushPromises()
  expect(page.text()).toBe('The toasts')
  page.unmount()
})
