import { mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, test, vi } from 'vitest'
import InstallChoice from './InstallChoice.vue'
import { decideInstall, isIos, useInstallOffer } from './installOffer.ts'

beforeEach(() => setActivePinia(createPinia()))

const HERE = { standalone: false, secure: true, offered: false, ios: false }

test.each([
  [{ standalone: true, offered: true }, 'installed'],
  [{ offered: true }, 'offered'],
  [{ ios: true }, 'ios'],
  [{ secure: false }, 'insecure'],
  [{}, 'menu'],
] as const)('%j: %s', (part, state) => expect(decideInstall({ ...HERE, ...part })).toBe(state))

test('an iPad that calls itself a Mac is known by its touch screen', () => {
  const userAgent = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)'
  expect([isIos({ userAgent, maxTouchPoints: 5 }), isIos({ userAgent, maxTouchPoints: 0 })]).toEqual([true, false])
})

test('the browser’s offer is kept until somebody presses Install, and used once', async () => {
  const page = mount({ setup: () => useInstallOffer(), render: () => null })
  vi.stubGlobal('matchMedia', () => ({ matches: false }))
  const choice = mount(InstallChoice)
  expect(choice.find('button').exists()).toBe(false)
  const prompt = vi.fn(() => Promise.resolve())
  const event = new Event('beforeinstallprompt', { cancelable: true })
  window.dispatchEvent(Object.assign(event, { prompt, userChoice: Promise.resolve({ outcome: 'accepted' }) }))
  await choice.vm.$nextTick()
  expect([event.defaultPrevented, prompt.mock.calls.length]).toEqual([true, 0])
  await choice.get('button').trigger('click')
  await vi.waitFor(() => expect(choice.text()).toContain('Installed on this device'))
  expect(prompt).toHaveBeenCalledOnce()
  expect(choice.find('button').exists()).toBe(false)
  choice.unmount()
  page.unmount()
  vi.unstubAllGlobals()
})
