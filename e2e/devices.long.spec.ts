import { test as base, expect, type Browser, type Page } from '@playwright/test'
import { composer, watchConsole } from './fixtures.ts'
import { openHouse, type House } from './house.ts'
import { expectAccessible, expectFits, expectLargeTargets } from './seen.ts'

/** A name that is not loopback, so that a link can lead here from another device; the browser takes it to this machine. */
const NAME = 'workstation.test'
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true } as const
const IPHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605 Version/19.0 Mobile Safari/604.1'

const test = base.extend<{ house: House; page: Page }>({
  // eslint needs the destructuring: Playwright reads the names of the fixtures from it.
  house: async ({}, use) => {
    const house = await openHouse({ origin: (port) => `http://${NAME}:${port}` })
    await use(house)
    await house.close()
  },
  page: async ({ page, house }, use) => {
    const complaints = watchConsole(page, undefined)
    await page.goto(house.loginLink())
    await expect(composer(page)).toBeVisible()
    await use(page)
    expect(complaints).toEqual([])
  },
})
test.use({
  launchOptions: async ({ launchOptions }, use) => {
    await use({
      ...launchOptions,
      args: [...(launchOptions.args ?? []), `--host-resolver-rules=MAP ${NAME} 127.0.0.1`],
    })
  },
})

const devices = (page: Page) => page.getByTestId('devices')
const rows = (page: Page) => devices(page).getByRole('listitem')

async function openDevices(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Settings' }).click()
  await expect(rows(page).first()).toBeVisible()
}

async function phone(browser: Browser): Promise<Page> {
  return await (await browser.newContext({ ...PHONE, userAgent: IPHONE })).newPage()
}

test('a phone is added by a link that works once, is listed, and is signed out from the desk within a second', async ({
  page,
  browser,
}, info) => {
  await openDevices(page)
  await expect(rows(page)).toHaveCount(1)
  await devices(page).getByRole('button', { name: 'Add a phone' }).click()
  const link = await devices(page).getByLabel('Login link').inputValue()
  expect(new URL(link).hostname).toBe(NAME)
  await devices(page).getByLabel('Login link').scrollIntoViewIfNeeded()
  for (const scheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: scheme })
    await expectAccessible(page, scheme)
    await page.screenshot({ path: info.outputPath(`link-${scheme}.png`) })
  }

  const there = await phone(browser)
  await there.goto(link)
  await expect(composer(there)).toBeVisible()
  await expect(devices(page)).toContainText('Signed in with the link: Safari on iPhone.')
  await expect(rows(page)).toHaveCount(2)
  const late = await phone(browser)
  await late.goto(link)
  await expect(late.getByText(/used already or is too old/)).toBeVisible()

  await there.getByRole('button', { name: 'Open session list' }).click()
  await there.getByRole('button', { name: 'Settings' }).click()
  await expect(rows(there)).toHaveCount(2)
  await rows(there).first().scrollIntoViewIfNeeded()
  await expectAccessible(there)
  await expectFits(there)
  await expectLargeTargets(there)
  await there.screenshot({ path: info.outputPath('phone.png') })

  const out = Date.now()
  await devices(page).getByRole('button', { name: 'Sign out Safari on iPhone' }).click()
  await expect(there.getByRole('button', { name: 'Sign in' })).toBeVisible()
  expect(Date.now() - out).toBeLessThan(2_000)
  await expect(devices(page)).toContainText('Signed out: Safari on iPhone.')
  await expect(rows(page)).toHaveCount(1)
  await Promise.all([there.context().close(), late.context().close()])
})

test('all others are signed out at once, and this browser signs itself out', async ({ page, browser, house }) => {
  const others = [await phone(browser), await phone(browser)]
  for (const other of others) {
    await other.goto(`${new URL(page.url()).origin}/login`)
    await other.getByLabel('Token').fill(house.ownerToken)
    await other.getByRole('button', { name: 'Sign in' }).click()
    await expect(composer(other)).toBeVisible()
  }
  await openDevices(page)
  await expect(rows(page)).toHaveCount(3)
  await devices(page).getByRole('button', { name: 'Sign out everywhere else' }).click()
  for (const other of others) await expect(other.getByRole('button', { name: 'Sign in' })).toBeVisible()
  await expect(rows(page)).toHaveCount(1)
  await rows(page).getByRole('button').click()
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible()
  for (const other of others) await other.context().close()
})
