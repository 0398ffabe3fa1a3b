import type { Page } from '@playwright/test'
import { expectAccessible, expectLargeTargets } from './seen.ts'
import { expect, open, test } from './stage/fixtures.ts'
import { finished } from './stage/scenes.ts'

/** Parts of the page come when they are needed, and the relay may be away just then. */

test.use({ expectedConsole: /Failed to load resource|Service Worker registration blocked/, serviceWorkers: 'block' })

const NOT_LOADED = 'This part of the page could not be loaded.'

/** Takes the files of a part away; the answer gives them back. */
async function withoutPart(page: Page, file: RegExp): Promise<() => Promise<void>> {
  await page.route(file, (route) => route.abort())
  return () => page.unroute(file)
}

test('the run panel says that it did not come, and comes when it is tried again', async ({
  page,
  stage,
  isMobile,
}, info) => {
  const giveBack = await withoutPart(page, /RunPanel-.*\.js/)
  await open(page, stage, finished(Date.now()))
  if (isMobile) await page.getByRole('button', { name: 'Run details' }).click()
  await expect(page.getByText(NOT_LOADED)).toBeVisible()
  await page.screenshot({ path: info.outputPath('not-loaded.png') })
  await expectAccessible(page)
  if (isMobile) await expectLargeTargets(page)
  const again = page.getByRole('button', { name: 'Try again' })
  await again.click()
  await expect(page.getByText(NOT_LOADED)).toBeVisible()
  await giveBack()
  await again.click()
  await expect(page.getByRole('tab', { name: 'Changes' })).toBeVisible()
  await expect(page.getByText(NOT_LOADED)).toHaveCount(0)
})

test('what was asked for and did not come is said, and can be asked for again', async ({ page, stage, isMobile }) => {
  const giveBack = await withoutPart(page, /PreferencesDialog-.*\.js/)
  await open(page, stage, finished(Date.now()))
  const ask = async (): Promise<void> => {
    const list = page.getByRole('button', { name: 'Open session list' })
    if (isMobile && (await list.isVisible())) await list.click()
    await page.getByRole('button', { name: 'Settings' }).click()
  }
  await ask()
  await expect(page.locator('.notice', { hasText: NOT_LOADED })).toBeVisible()
  await giveBack()
  await ask()
  await expect(page.getByRole('dialog', { name: 'Settings' })).toBeVisible()
})
