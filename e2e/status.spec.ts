import { answers, expect, send, test } from './fixtures.ts'
import { expectAccessible, expectFits } from './seen.ts'

const PHONE = { width: 390, height: 844 }

test('the status page tells of every hop, draws what happens, and says when the relay is silent', async ({
  page,
  house,
}) => {
  await send(page, 'lines 200 20 ms')
  await expect(answers(page).first()).toBeVisible()
  await page.getByTestId('connection-pill').click()
  await page.getByRole('link', { name: 'Status' }).click()

  const way = page.getByRole('region', { name: 'From this page to Claude Code' })
  await expect(way).toContainText('workstation')
  await expect(way).toContainText(/heard from \d/)
  await expect(way).toContainText(/told \d/)
  const figure = page.getByRole('figure').filter({ hasText: 'Connections' })
  await expect(figure).toContainText(/browsers 1\s*machines 1/)
  await expect(page.getByRole('figure').filter({ hasText: 'Entries' }).locator('canvas')).toBeVisible()
  await expect(page.getByText('Runs finished')).toBeVisible()
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await expectAccessible(page)
  }

  await page.setViewportSize(PHONE)
  await expect(way).toBeVisible()
  await expectFits(page)

  await house.agent.kill()
  await expect(way).toContainText(/away for \d/)
  await expect(way).toContainText('not known') // what Claude Code does there
})
