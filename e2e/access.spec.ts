import { answers, composer, expect, requestCard, send, test } from './fixtures.ts'
import { expectAccessible, expectFits, expectLargeTargets } from './seen.ts'

test('axe finds nothing in a session with a diff and a request', async ({ page, isMobile }) => {
  // Both schemes at both sizes are looked at in states.spec.ts.
  await page.emulateMedia({ colorScheme: isMobile ? 'dark' : 'light', reducedMotion: 'reduce' })
  await expectAccessible(page)
  await send(page, 'change the greeting')
  await expect(requestCard(page)).toBeVisible()
  await expectAccessible(page)
  await requestCard(page)
    .getByRole('button', { name: /allow once/i })
    .click()
  await expect(answers(page).last()).toContainText('Done')
  await expectAccessible(page)
  await expectFits(page)
  if (isMobile) await expectLargeTargets(page)
})

test('axe finds nothing on the login page, and a used link says so', async ({ page, house, browser }) => {
  const link = house.loginLink()
  await expect(composer(page)).toBeVisible()
  const context = await browser.newContext()
  const stranger = await context.newPage()
  await stranger.goto(link) // used up by the fixture's own sign-in
  await expect(stranger.getByText(/used|expired|not valid|no longer/i).first()).toBeVisible()
  await expectAccessible(stranger)
  await context.close()
})
