import { flushPromises, mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, test, vi } from 'vitest'
import { defineComponent, h, ref } from 'vue'
import ErrorBoundary from '../components/base/ErrorBoundary.vue'
import { useNoticeStore } from '../stores/noticeStore.ts'
import { lazyPart, onPartNotLoaded } from './lazyPart.ts'

beforeEach(() => setActivePinia(createPinia()))

const Dialog = defineComponent(() => () => h('p', 'The dialog'))

/** Its file can be had once `there` is true. */
function buildPart() {
  const there = ref(false)
  const load = () => (there.value ? Promise.resolve({ default: Dialog }) : Promise.reject(new TypeError('no network')))
  return { there, Part: lazyPart(load) }
}

test('what did not come is said, and comes when it is asked for again', async () => {
  const { there, Part } = buildPart()
  const open = ref(true)
  const page = mount(
    defineComponent(() => {
      onPartNotLoaded(() => (open.value = false))
      return () => (open.value ? h(Part) : undefined)
    }),
  )
  await flushPromises()
  expect(open.value).toBe(false)
  expect(useNoticeStore().text).toContain('could not be loaded')
  there.value = true
  open.value = true
  await flushPromises()
  expect(page.text()).toBe('The dialog')
})

test('in its place it can be tried again', async () => {
  const { there, Part } = buildPart()
  const page = mount(ErrorBoundary, { slots: { default: () => h(Part) } })
  await flushPromises()
  expect(page.text()).toContain('could not be loaded')
  await page.get('button').trigger('click')
  await flushPromises()
  expect(page.text()).toContain('could not be loaded')
  there.value = true
  await page.get('button').trigger('click')
  await flushPromises()
  expect(page.text()).toBe('The dialog')
})

test('any other fault of a part is left to those around it', async () => {
  const told = vi.spyOn(console, 'error').mockReturnValue(undefined)
  const Faulty = defineComponent(() => () => {
    throw new Error('x')
  })
  const Broken = lazyPart(() => Promise.resolve({ default: Faulty }))
  const closed = ref(false)
  const around = defineComponent(() => {
    onPartNotLoaded(() => (closed.value = true))
    return () => h(Broken)
  })
  const page = mount(ErrorBoundary, { slots: { default: () => h(around) } })
  await flushPromises()
  expect(page.text()).toContain('could not be shown')
  expect(closed.value).toBe(false)
  expect(told).toHaveBeenCalledOnce()
})
