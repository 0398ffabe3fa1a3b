import type { Browser, Page } from '@playwright/test'
import { answers, expect, requestCard, send, test } from './fixtures.ts'
import type { House } from './house.ts'
import { expectAccessible, expectFits, expectLargeTargets } from './seen.ts'

const NEEDS = 'Needs you: write notes.txt'

/** A session that waits for a person, begun where no page shows it. */
async function askElsewhere(house: House): Promise<void> {
  const headers = { authorization: `Bearer ${house.ownerToken}`, 'content-type': 'application/json' }
  const { projects } = (await (await fetch(`${house.url}/api/projects`, { headers })).json()) as {
    projects: { projectId: string }[]
  }
  const body = JSON.stringify({ command: 'write notes.txt' })
  const path = `${house.url}/api/projects/${projects[0]?.projectId}/commands`
  expect((await fetch(path, { method: 'POST', headers, body })).status).toBe(202)
}

function toasts(page: Page) {
  return page.getByRole('region', { name: 'News of other sessions' }).getByRole('listitem')
}

/** Nothing that is pressed or read to decide lies under a toast. */
async function expectNothingCovered(page: Page): Promise<void> {
  const covered = () =>
    page.evaluate(() => {
      const boxes = (selector: string) =>
        [...document.querySelectorAll(selector)].map((one) => ({ selector, box: one.getBoundingClientRect() }))
      const cards = boxes('[data-toast]')
      const others = ['.dock', '[data-testid=composer]', '[data-testid=request-card]', '[data-testid=connection-pill]']
      const overlap = (a: DOMRect, b: DOMRect): boolean =>
        a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom
      const seen = others.flatMap(boxes)
      return {
        cards: cards.length,
        looked: seen.length,
        under: seen.filter(({ box }) => cards.some((card) => overlap(card.box, box))).map(({ selector }) => selector),
      }
    })
  await expect.poll(covered).toEqual({ cards: 1, looked: 4, under: [] })
}

/** The page shows a session with a request of its own; another one needs somebody. */
async function expectToast(page: Page, house: House): Promise<void> {
  await send(page, 'echo here')
  await expect(answers(page).last()).toContainText('here')
  await send(page, 'run the tests')
  await expect(requestCard(page)).toBeVisible()
  await askElsewhere(house)
  await expect(toasts(page)).toContainText([NEEDS])
  await expect(toasts(page)).toContainText(['Waiting for approval: Write · greeter'])
  await expectNothingCovered(page)
  expect(await page.evaluate(() => document.getAnimations().length)).toBe(0)
}

test('what needs somebody in another session is told, leads there, and goes when it is answered elsewhere', async ({
  page,
  house,
  browser,
}) => {
  await expectToast(page, house)
  const here = page.url()
  await expectAccessible(page)

  await page.getByTestId('connection-pill').click()
  await expect(page.getByText('Round trip')).toBeVisible()
  await expectNothingCovered(page)
  await page.keyboard.press('Escape')

  // The keyboard: from the message box into the toast, and back out of it.
  await page.getByTestId('composer').focus()
  await page.keyboard.press('F6')
  const review = toasts(page).getByRole('button', { name: 'Review' })
  await expect(review).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(requestCard(page)).toContainText('notes.txt')
  await expect(page.locator('#request-card')).toBeFocused()
  expect(page.url()).not.toBe(here)
  await expect(toasts(page)).toHaveCount(0)

  await page.goBack()
  await expect(page).toHaveURL(here)
  await askElsewhere(house)
  await expect(toasts(page)).toContainText([NEEDS])
  await page.getByTestId('composer').focus()
  await answerElsewhere(page, browser)
  await expect(toasts(page)).toHaveCount(0)
  await expect(page.getByTestId('composer')).toBeFocused()
})

/** In another browser, somebody allows what has come last. */
async function answerElsewhere(page: Page, browser: Browser): Promise<void> {
  const context = await browser.newContext({ storageState: await page.context().storageState() })
  const other = await context.newPage()
  await other.goto(page.url())
  await other.getByTestId('session-row').filter({ hasText: 'write notes.txt' }).first().getByRole('link').click()
  await requestCard(other)
    .getByRole('button', { name: /allow once/i })
    .click()
  await expect(requestCard(other)).toHaveCount(0)
  await context.close()
}

test.describe('on a phone', () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true })

  test('the same, with room for a finger, and nothing under it', async ({ page, house }) => {
    await expectToast(page, house)
    await expectAccessible(page)
    await expectLargeTargets(page)
    await expectFits(page)
    await page.setViewportSize({ width: 320, height: 844 })
    await expectFits(page)
    await expectNothingCovered(page)
    await toasts(page).getByRole('button', { name: 'Review' }).tap()
    await expect(requestCard(page)).toContainText('notes.txt')
    await expect(toasts(page)).toHaveCount(0)
    expect(await page.evaluate(() => document.activeElement?.tagName)).not.toBe('BODY')
  })
})
