import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { answers, composer, expect, requestCard, send, test } from './fixtures.ts'

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
/** What a finger needs, in CSS pixels. */
const FINGER = 44

test('axe finds nothing in a session with a diff and a request', async ({ page, isMobile }) => {
  // Both schemes at both sizes are looked at in states.spec.ts.
  await page.emulateMedia({ colorScheme: isMobile ? 'dark' : 'light', reducedMotion: 'reduce' })
  expect(await violations(page)).toEqual([])
  await send(page, 'change the greeting')
  await expect(requestCard(page)).toBeVisible()
  expect(await violations(page)).toEqual([])
  await requestCard(page)
    .getByRole('button', { name: /allow once/i })
    .click()
  await expect(answers(page).last()).toContainText('Done')
  expect(await violations(page)).toEqual([])
  expect(await overflow(page)).toBe(0)
  if (isMobile) expect(await smallTargets(page)).toEqual([])
})

test('axe finds nothing on the login page, and a used link says so', async ({ page, house, browser }) => {
  const link = house.loginLink()
  await expect(composer(page)).toBeVisible()
  const context = await browser.newContext()
  const stranger = await context.newPage()
  await stranger.goto(link) // used up by the fixture's own sign-in
  await expect(stranger.getByText(/used|expired|not valid|no longer/i).first()).toBeVisible()
  expect(await violations(stranger)).toEqual([])
  await context.close()
})

async function violations(page: Page): Promise<{ id: string; nodes: string[] }[]> {
  const result = await new AxeBuilder({ page }).withTags(TAGS).analyze()
  return result.violations.map(({ id, nodes }) => ({ id, nodes: nodes.map((node) => node.html) }))
}

async function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
}

/** Buttons that are too small for a finger; links inside a sentence are as large as its line. */
async function smallTargets(page: Page): Promise<string[]> {
  return page.evaluate(
    (least) =>
      [...document.querySelectorAll<HTMLElement>('button, [role="button"], textarea, summary')]
        .filter((element) => element.checkVisibility())
        .filter((element) => {
          const { width, height } = element.getBoundingClientRect()
          return Math.round(width) < least || Math.round(height) < least
        })
        .map((element) => element.outerHTML.slice(0, 120)),
    FINGER,
  )
}
