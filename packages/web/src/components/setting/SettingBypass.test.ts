import { buildLog } from '@farhand/shared/testing'
import { enableAutoUnmount, flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { nextTick } from 'vue'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { useTimelineStore } from '../../stores/timelineStore.ts'
import { PROJECT_ID, SESSION_ID, showOnPage } from '../../testing/page.ts'
import SettingBar from './SettingBar.vue'
import SettingMode from './SettingMode.vue'
import SettingBypass from './SettingBypass.vue'

beforeEach(() => setActivePinia(createPinia()))
enableAutoUnmount(afterEach)

const refused = (message: string) => ({
  kind: 'notice',
  response: { level: 'warning', type: 'setting_refused', message },
})

test('it is said what it means before anything is asked of the machine', async () => {
  const page = await showOnPage(SettingBypass, { props: { effective: 'default' } })
  expect(page.text()).toContain('without asking')
  expect(page.text()).toContain('a machine that you can lose')
  expect(page.wrapper.emitted('confirm')).toBeUndefined()
  await page.press('Ask nothing any more')
  expect(page.wrapper.emitted('confirm')).toHaveLength(1)
  expect(page.text()).toContain('Asking workstation…')
  await page.wrapper.setProps({ effective: 'bypassPermissions' })
  expect(page.wrapper.emitted('close')).toHaveLength(1)
})

test('where the machine does not allow it, it is said how to; an older refusal is none of this one', async () => {
  const timelines = useTimelineStore()
  timelines.open(SESSION_ID)
  const lines = [{ kind: 'command', response: 'hi' }, refused('An older one.')]
  timelines.append(SESSION_ID, buildLog(lines))
  timelines.flush()
  const page = await showOnPage(SettingBypass, { props: { effective: 'default' } })
  await page.press('Ask nothing any more')
  expect(page.text()).not.toContain('An older one.')
  timelines.append(SESSION_ID, buildLog([...lines, refused('Nobody can choose it from afar.')]).slice(2))
  timelines.flush()
  await nextTick()
  expect(page.text()).toContain('Nobody can choose it from afar.')
  expect(page.text()).toContain('npm run agent -- --allow-bypass')
  expect(page.wrapper.emitted('close')).toBeUndefined()
})

test('a mode that was refused is not shown as if it were coming', async () => {
  const timelines = useTimelineStore()
  timelines.open(SESSION_ID)
  const lines = [
    { kind: 'command', response: 'hi' },
    { kind: 'run_started', response: { permissionMode: 'default' } },
  ]
  timelines.append(SESSION_ID, buildLog(lines))
  timelines.flush()
  const page = await showOnPage(SettingBar, { props: { projectId: PROJECT_ID, first: {} } })
  page.wrapper.findComponent(SettingMode).vm.$emit('choose', 'bypassPermissions')
  await flushPromises()
  expect(page.button('Permission mode: Bypass…')).toBeDefined()
  timelines.append(SESSION_ID, buildLog([...lines, refused('No.')]).slice(2))
  timelines.flush()
  await nextTick()
  expect(page.button('Permission mode: Ask')).toBeDefined()
})
