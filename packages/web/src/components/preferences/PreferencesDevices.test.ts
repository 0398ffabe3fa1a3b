import { FarhandError, type BrowserLogin } from '@farhand/shared'
import { enableAutoUnmount, flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Logins } from '../../services/logins.ts'
import { showOnPage } from '../../testing/page.ts'
import PreferencesDevices from './PreferencesDevices.vue'

beforeEach(() => {
  setActivePinia(createPinia())
  vi.useFakeTimers({ now: 1_000_000_000_000 })
})
afterEach(() => vi.useRealTimers())
enableAutoUnmount(afterEach)

const login = (loginId: string, more: Partial<BrowserLogin> = {}): BrowserLogin => ({
  loginId,
  name: 'Owner',
  device: `Chrome on ${loginId}`,
  since: Date.now(),
  seenAt: Date.now(),
  here: false,
  ...more,
})

async function show(logins: BrowserLogin[], parts: Partial<Logins> & { reachable?: boolean } = {}) {
  const { reachable = true, ...more } = parts
  let signedIn = logins
  const api: Logins = {
    list: async () => ({ logins: [...signedIn], reachable }),
    end: async (id) => void (signedIn = signedIn.filter(({ loginId }) => loginId !== id)),
    endOthers: async () => void (signedIn = signedIn.filter(({ here }) => here)),
    makeLink: async () => ({ link: 'https://far.example/login#code=x', expiresAt: Date.now() + 600_000 }),
    ...more,
  }
  const page = await showOnPage(PreferencesDevices, { props: { api } })
  await flushPromises()
  const pressButton = async (name: string) => {
    const found = page.wrapper.findAll('button').find((one) => (one.attributes('aria-label') ?? one.text()) === name)
    await found?.trigger('click')
    await flushPromises()
  }
  const rows = () => page.wrapper.findAll('li').map((row) => row.text().replaceAll(/\s+/g, ' '))
  return { ...page, rows, pressButton, comes: (one: BrowserLogin) => void (signedIn = [...signedIn, one]) }
}

test('each browser says which it is and when it was there; one is signed out, or all but this', async () => {
  const old = { since: Date.now(), seenAt: Date.now() - 3_600_000 * 5 }
  const page = await show([login('Linux', { here: true }), login('iPhone', old), login('Mac', { name: 'Anna' })])
  expect(page.rows()[0]).toMatch(/^Chrome on Linux \(this one\) ?Here now · signed in .*Sign out$/)
  expect(page.rows()[1]).toContain('Last seen 5h ago')
  expect(page.rows()[2]).toContain('Chrome on Mac · Anna')
  await page.pressButton('Sign out Chrome on iPhone')
  expect(page.rows()).toHaveLength(2)
  expect(page.text()).toContain('Signed out: Chrome on iPhone.')
  await page.pressButton('Sign out everywhere else')
  expect(page.rows()).toHaveLength(1)
  expect(page.text()).not.toContain('Sign out everywhere else')
})

test('what the relay refuses is said, and the list is looked at again', async () => {
  const page = await show([login('Linux', { here: true }), login('iPhone')], {
    end: () => Promise.reject(new FarhandError('NOT_FOUND', 'This browser is not signed in any more.')),
  })
  await page.pressButton('Sign out Chrome on iPhone')
  expect(page.wrapper.get('[role=alert]').text()).toContain('not signed in any more')
  expect(page.rows()).toHaveLength(2)
})

test('a list that cannot be had can be asked for again', async () => {
  let away = true
  const list = async () => {
    if (away) throw new FarhandError('STORAGE_UNAVAILABLE', 'The disk is away.')
    return { logins: [login('Linux', { here: true })], reachable: true }
  }
  const page = await show([], { list })
  expect(page.wrapper.get('[role=alert]').text()).toContain('The disk is away.')
  away = false
  await page.pressButton('Try again')
  expect(page.rows()).toHaveLength(1)
})

test('a link for a phone stays until somebody came by it or it is too old, and says whom it lets in', async () => {
  const page = await show([login('Linux', { here: true })])
  await page.pressButton('Add a phone')
  expect(page.wrapper.get('input').element.value).toBe('https://far.example/login#code=x')
  expect(page.text()).toMatch(/signs one device in as you, once, until \d\d:\d\d/)
  page.comes(login('iPhone'))
  await vi.advanceTimersByTimeAsync(3_000)
  expect(page.text()).toContain('Signed in with the link: Chrome on iPhone.')
  expect(page.wrapper.find('input').exists()).toBe(false)

  await page.pressButton('Make another link')
  expect(page.wrapper.find('input').exists()).toBe(true)
  await vi.advanceTimersByTimeAsync(600_000)
  expect(page.wrapper.find('input').exists()).toBe(false)
  expect(page.text()).toContain('The link is too old now.')
})

test('where no other device could follow it, no link is made, and it says why', async () => {
  const page = await show([login('Linux', { here: true })], { reachable: false })
  expect(page.text()).toContain('start it with --lan')
  expect(page.text()).not.toContain('Add a phone')
})
