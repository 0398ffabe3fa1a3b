import type { Locator, Page } from '@playwright/test'
import { editRequest, failed, finished, hardest, planRequest, questionRequest, tools } from './stage/scenes.ts'
import { expect, open, test } from './stage/fixtures.ts'
import { expectAccessible, expectFits, expectLargeTargets, expectReadable } from './seen.ts'

const MINUTE_MS = 60_000

/** Colours differ between the schemes; what is named and how it is ordered does not. */
const SCENES = {
  light: { hardest, tools, planRequest, questionRequest, editRequest, failed },
  dark: { hardest, tools, failed },
}

/** Every state of a session, as axe, a finger and a narrow window see it. */
for (const scheme of ['light', 'dark'] as const) {
  test(`axe finds nothing in any state of a session, ${scheme}`, async ({ page, stage, isMobile }) => {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' })
    await stage.play(finished(Date.now()))
    for (const [name, scene] of Object.entries(SCENES[scheme])) {
      await open(page, stage, scene(Date.now()))
      if (name === 'tools') await openRows(page)
      await expect(page.locator('#composer')).toBeVisible()
      await (scheme === 'light' ? expectAccessible : expectReadable)(page, name)
      await expectFits(page, name)
      expect(await page.evaluate(() => document.getAnimations().length), name).toBe(0)
      if (isMobile) await expectLargeTargets(page, name)
    }
  })
}

test('axe finds nothing in what opens over the page', async ({ page, stage, isMobile }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await open(page, stage, hardest(Date.now()))
  const openings: [string, () => Promise<void>][] = isMobile
    ? [
        ['run', () => page.getByRole('button', { name: 'Run details' }).click()],
        ['list', () => page.getByRole('button', { name: 'Open session list' }).click()],
      ]
    : [
        ['palette', () => page.keyboard.press('Control+k')],
        ['settings', () => page.getByRole('button', { name: 'Settings' }).click()],
        ['more', () => page.getByRole('button', { name: 'More', exact: true }).click()],
      ]
  for (const [name, act] of openings) {
    await act()
    await expect(page.locator('[role=dialog], [role=menu]').first()).toBeVisible()
    await expectAccessible(page, name)
    await expectFits(page, name)
    if (isMobile) await expectLargeTargets(page, name)
    await page.keyboard.press('Escape')
    await expect(page.locator('[role=dialog], [role=menu]')).toHaveCount(0)
  }
})

test('at 400 % and in narrow windows nothing scrolls sideways and every button is in reach', async ({
  page,
  stage,
}) => {
  await open(page, stage, hardest(Date.now()))
  for (const [width, height] of [
    [320, 256],
    [360, 640],
    [768, 1024],
    [1200, 800],
  ] as const) {
    await page.setViewportSize({ width, height })
    await expectFits(page, `${width}`)
    const allow = page.getByRole('button', { name: 'Allow once' })
    await allow.scrollIntoViewIfNeeded()
    await expect(allow).toBeInViewport()
  }
})

test('what was said keeps its part of the screen beside a request: two fifths on a phone', async ({
  page,
  stage,
  isMobile,
}) => {
  await open(page, stage, hardest(Date.now()))
  const share = await page.evaluate(() => (document.querySelector('#conversation')?.clientHeight ?? 0) / innerHeight)
  expect(share).toBeGreaterThanOrEqual(isMobile ? 0.4 : 0.3)
})

test('forced colours keep what a state says', async ({ page, stage }) => {
  await page.emulateMedia({ forcedColors: 'active' })
  await open(page, stage, hardest(Date.now()))
  await expect(page.getByText('Waiting for you').first()).toBeVisible()
  const edgeOf = (part: Locator) => part.evaluate((element) => getComputedStyle(element).borderTopStyle)
  expect(await edgeOf(page.getByRole('button', { name: 'Allow once' }))).toBe('solid')
  await stage.play(editRequest(Date.now() + MINUTE_MS)) // begun now: what was before the page is no news to it
  const toast = page.locator('[data-toast]')
  await expect(toast).toContainText('Needs you: Formal greeting')
  expect(await edgeOf(toast)).toBe('solid')
  await expectAccessible(page)
})

/** Opens what is closed; what opens brings rows of its own. */
async function openRows(page: Page): Promise<void> {
  const closed = page.locator('[data-testid=tool-row] .summary[aria-expanded=false]')
  for (let left = await closed.count(); left > 0; left = await closed.count()) await closed.first().click()
  await expect(page.getByText('"deep"')).toBeVisible()
}
