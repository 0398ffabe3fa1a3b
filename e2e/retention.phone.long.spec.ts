import type { Page } from '@playwright/test'
import { expectAccessible, expectFits, expectLargeTargets } from './seen.ts'
import { writeRun, type Scene } from './stage/scene.ts'
import { expect, open, test } from './stage/fixtures.ts'

const DAY_MS = 24 * 60 * 60 * 1000
/** The relay looks once a minute whether a rule has become due. */
const DELETED_WITHIN_MS = 90_000

/** Changed last so many days ago. */
function old(title: string, days: number): Scene {
  const run = writeRun(title, Date.now() - days * DAY_MS)
    .start()
    .say('It is done.')
    .end()
  return { title, commands: [run.command], lines: run.lines }
}

const dialog = (page: Page) => page.getByTestId('retention')
const ofShop = (page: Page) =>
  page.getByRole('region', { name: 'shop-api' }).getByRole('button', { name: 'Keep and delete…' })
const due = (page: Page, when: 'To be deleted now' | 'Next, within a week') =>
  dialog(page).getByRole('region', { name: when })

async function openList(page: Page): Promise<void> {
  const list = page.getByRole('button', { name: 'Open session list' })
  if (await list.isVisible()) await list.click()
}

test('what a limit would delete is said by name before it is set, and nothing else goes', async ({
  page,
  stage,
  isMobile,
}, info) => {
  test.setTimeout(DELETED_WITHIN_MS + 90_000)
  await stage.play(old('Notes of last year', 400))
  await stage.play(old('Plan of the spring', 95))
  const kept = await open(page, stage, old('What we do now', 1))
  await openList(page)
  await ofShop(page).click()
  await expect(dialog(page)).toContainText('Kept now: 3 sessions')
  await expect(dialog(page)).toContainText('everywhere: everything is kept')
  await expect(due(page, 'To be deleted now')).toContainText('Nothing.')

  await dialog(page).getByRole('radio', { name: 'deletes old sessions by itself' }).check()
  const days = dialog(page).getByLabel('Days')
  await days.fill('0')
  await expect(dialog(page)).toContainText('Days are a whole number from 1 on.')
  await expect(dialog(page).getByRole('button', { name: /^Set the rule/ })).toHaveCount(0)
  await days.fill('100')
  await expect(due(page, 'To be deleted now').getByTestId('retention-session')).toHaveText([/Notes of last year/])
  await expect(due(page, 'Next, within a week').getByTestId('retention-session')).toHaveText([/Plan of the spring/])

  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await expectAccessible(page, colorScheme)
    await page.screenshot({ path: info.outputPath(`${colorScheme}.png`) })
  }
  await expectFits(page)
  if (isMobile) await expectLargeTargets(page)

  await dialog(page).getByRole('button', { name: 'Set the rule and delete 1 session' }).click()
  await expect(dialog(page)).toContainText('The rule is set.')
  await page.keyboard.press('Escape')
  await expect(dialog(page)).toBeHidden()

  await openList(page)
  const rows = page.getByTestId('session-row')
  await expect(rows.filter({ hasText: 'Notes of last year' })).toHaveCount(0, { timeout: DELETED_WITHIN_MS })
  await expect(rows).toHaveCount(2)
  await ofShop(page).click()
  await expect(dialog(page)).toContainText(/Deleted lately\s*\d{2}:\d{2}: 1 session,/)
  await expect(dialog(page).getByRole('radio', { name: 'deletes old sessions by itself' })).toBeChecked()
  await page.screenshot({ path: info.outputPath('deleted.png') })
  expect(page.url()).toContain(kept.sessionId)
})
