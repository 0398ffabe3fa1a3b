import { mount } from '@vue/test-utils'
import { createPinia } from 'pinia'
import { expect, test } from 'vitest'
import App from './App.vue'
import { usePreferences } from './components/preferences/preferences.ts'

test('every page is drawn as it was chosen, the login too', () => {
  usePreferences().prefer({ theme: 'dark' })
  const app = mount(App, { global: { plugins: [createPinia()], stubs: { RouterView: true } } })
  expect(document.documentElement.classList.contains('dark')).toBe(true)
  usePreferences().prefer({ theme: 'system' })
  app.unmount()
})
