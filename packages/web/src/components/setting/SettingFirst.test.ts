import { enableAutoUnmount, flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { PROJECT_ID, showOnPage } from '../../testing/page.ts'
import SettingFirst from './SettingFirst.vue'
import SettingMode from './SettingMode.vue'
import SettingModel from './SettingModel.vue'

beforeEach(() => setActivePinia(createPinia()))
enableAutoUnmount(afterEach)

test('a session that has not begun says with what it will, and one choice keeps the others', async () => {
  const page = await showOnPage(SettingFirst, { props: { chosen: {}, projectId: PROJECT_ID } })
  expect(page.button('Model: Default')).toBeDefined()
  expect(page.button('Permission mode: Ask')).toBeDefined()
  await page.wrapper.setProps({ chosen: { model: 'opus' } })
  expect(page.button('Model: Opus')).toBeDefined()
  page.wrapper.findComponent(SettingMode).vm.$emit('choose', 'plan')
  page.wrapper.findComponent(SettingModel).vm.$emit('change', { effort: 'high' })
  expect(page.wrapper.emitted('choose')).toEqual([
    [{ model: 'opus', permissionMode: 'plan' }],
    [{ model: 'opus', effort: 'high' }],
  ])
  await flushPromises()
})
