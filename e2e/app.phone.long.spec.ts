import type { Page } from '@playwright/test'
import { expectAccessible, expectFits } from './seen.ts'
import { expect, open, test } from './stage/fixtures.ts'
import { distanceToEndInPage } from './stage/places.ts'
import { rowsKept } from './stage/relay.ts'
import { finished, hardest } from './stage/scenes.ts'

/** The page as an app on a phone: a keyboard that covers it, and what its sign on the home screen offers. */

const IN_SIGHT_PX = 420

/** As on an iPhone: the window stays as it is, and less of it is in sight. */
async function openKeyboard(page: Page, px: number | undefined): Promise<void> {
  await page.evaluate((height) => {
    const viewport = window.visualViewport
    if (viewport === null) throw new Error('no visual viewport')
    if (height === undefined) Reflect.deleteProperty(viewport, 'height')
    else Object.defineProperty(viewport, 'height', { value: height, configurable: true })
    viewport.dispatchEvent(new Event('resize'))
  }, px)
}

test('a keyboard that covers half of the page leaves the head, the last line and the message box in sight', async ({
  page,
  stage,
}, info) => {
  await open(page, stage, finished(Date.now()))
  await page.locator('#composer').focus()
  await openKeyboard(page, IN_SIGHT_PX)
  const bottomOf = (selector: string) =>
    page.locator(selector).evaluate((element) => element.getBoundingClientRect().bottom)
  await expect.poll(() => bottomOf('#composer')).toBeLessThanOrEqual(IN_SIGHT_PX)
  await expect(page.getByRole('heading', { level: 1 })).toBeInViewport()
  await expect.poll(() => page.evaluate(distanceToEndInPage)).toBeLessThanOrEqual(1)
  expect(await page.evaluate(() => scrollY)).toBe(0)
  await page.screenshot({ path: info.outputPath('keyboard.png') })
  await openKeyboard(page, undefined)
  await expect.poll(() => bottomOf('.shell')).toBe(page.viewportSize()?.height)
})

test('with a request open, the keyboard leaves what decides in reach', async ({ page, stage }, info) => {
  await page.setViewportSize({ width: 390, height: 844 })
  await open(page, stage, hardest(Date.now()))
  const card = page.getByTestId('request-card')
  await expect(card.getByRole('button', { name: 'Allow once' })).toBeEnabled()
  await openKeyboard(page, IN_SIGHT_PX)
  for (const name of ['Allow once', 'Deny…']) {
    const button = card.getByRole('button', { name })
    await button.scrollIntoViewIfNeeded()
    await expect
      .poll(() => button.evaluate((one) => one.getBoundingClientRect().bottom))
      .toBeLessThanOrEqual(IN_SIGHT_PX)
  }
  const bottom = () => page.locator('#composer').evaluate((box) => box.getBoundingClientRect().bottom)
  await expect.poll(bottom).toBeLessThanOrEqual(IN_SIGHT_PX)
  await expectFits(page)
  await page.screenshot({ path: info.outputPath('request.png') })
})

test('the sign of the app leads to a new session, and to what waits', async ({ page, stage }) => {
  const waiting = await stage.play(hardest(Date.now()))
  const manifest = (await (await page.request.get(`${stage.url}/manifest.webmanifest`)).json()) as {
    shortcuts: { name: string; url: string }[]
  }
  const [begin, wait] = manifest.shortcuts.map(({ url }) => stage.url + url)
  await page.goto(begin ?? '')
  await expect(page.getByText(/What should Claude do/)).toBeVisible()
  await expect(page.locator('#composer')).toBeVisible()
  await page.goto(wait ?? '')
  await expect(page).toHaveURL(new RegExp(waiting.sessionId))
  await expect(page.getByTestId('request-card')).toBeVisible()
})

test('settings say what is kept here, forget what was read, and give details that name nobody', async ({
  page,
  stage,
  context,
}, info) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await open(page, stage, finished(Date.now()))
  await expect.poll(() => rowsKept(page, 'tailFacts')).toBe(1)
  const list = page.getByRole('button', { name: 'Open session list' })
  if (await list.isVisible()) await list.click()
  await page.getByRole('button', { name: 'Settings' }).click()
  const kept = page.getByRole('region', { name: 'Kept on this device' })
  await expect(kept).toContainText(/\d [kM]?B of this page/)
  await kept.getByRole('button', { name: 'Forget what was read' }).click()
  await expect.poll(() => rowsKept(page, 'tailFacts')).toBe(0)
  await expect(page.getByText(/^Forgotten\. Drafts and unsent messages stay/)).toBeVisible()

  await page.getByRole('button', { name: 'Copy details' }).click()
  await expect(page.getByText('Copied.', { exact: true })).toBeVisible()
  const report = await page.evaluate(() => navigator.clipboard.readText())
  expect(report).toContain('Connection: live')
  expect(report).toContain('Machine 1: online')
  expect(report).not.toMatch(/workstation|shop-api|127\.0\.0\.1|checkout/)
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await expectAccessible(page, colorScheme)
    await page.screenshot({ path: info.outputPath(`${colorScheme}.png`) })
  }
  await expectFits(page)
})
