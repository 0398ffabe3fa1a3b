import type { Page } from '@playwright/test'
import { expect, open, test } from './stage/fixtures.ts'
import { distanceToEndInPage, driftInPage, farthestFromEndInPage, firstRowInPage, type Place } from './stage/places.ts'
import { long } from './stage/scenes.ts'
import { stream, talk } from './stage/stream.ts'

const ENTRIES = 3_000
const DRIFT_PX = 2
const AWAY_SECONDS = 30
const TWO_SCREENS_PX = 1_400

const latest = (page: Page) => page.getByRole('button', { name: /jump to latest/i })

test('who reads while an answer streams is moved by nothing, and finds back', async ({ page, stage }) => {
  const { scene, run } = talk(Date.now())
  const played = await open(page, stage, scene)
  await expect(page.getByText('Paragraph 39.')).toBeInViewport()
  await page.mouse.move(600, 300)
  const say = (seconds: number, key: string) => stream(played, run, { bytesPerSecond: 2_000, seconds, key })

  await test.step('who follows is at the end after every piece', async () => {
    const [farthest] = await Promise.all([farthestFromEnd(page, 5_000), say(5, 'first')])
    expect(farthest).toBeLessThanOrEqual(1)
    await expect(latest(page)).toBeHidden()
  })

  await test.step('a turn of the wheel leaves the end at once', async () => {
    const saying = say(4, 'second')
    await page.waitForTimeout(500)
    await page.mouse.wheel(0, -30)
    await expect(latest(page)).toBeVisible({ timeout: 1_000 })
    const before = await firstRow(page)
    await saying
    await expectSamePlace(page, before)
    await latest(page).click()
    await expect(latest(page)).toBeHidden()
    expect(await distanceToEnd(page)).toBeLessThanOrEqual(1)
    await expect(page.locator('#composer')).toBeFocused()
  })

  await test.step('two screens above, half a minute of text moves nothing', async () => {
    await page.mouse.move(600, 300)
    await page.mouse.wheel(0, -TWO_SCREENS_PX)
    await expect(latest(page)).toBeVisible()
    const before = await firstRow(page)
    await say(AWAY_SECONDS, 'third')
    await expectSamePlace(page, before)
  })

  await test.step('what is marked stays marked', async () => {
    const marked = await markFirstParagraph(page)
    await say(5, 'fourth')
    expect(await page.evaluate(() => String(getSelection()))).toBe(marked)
    await page.evaluate(() => getSelection()?.removeAllRanges())
  })

  await test.step('a message of one’s own leads to the end, and offers the way back', async () => {
    const before = await firstRow(page)
    await page.locator('#composer').fill('And in a shop with several currencies?')
    await page.getByTestId('send').click()
    await expect.poll(() => distanceToEnd(page)).toBeLessThanOrEqual(1)
    await page.getByRole('button', { name: 'Back to where you were' }).click()
    await expectSamePlace(page, before)
    await latest(page).click()
  })

  await test.step('where a keyboard takes half of the screen, the last line stands above the message box', async () => {
    await page.setViewportSize({ width: 390, height: 420 })
    await expect.poll(() => distanceToEnd(page)).toBeLessThanOrEqual(1)
    await expect(
      page
        .getByText(/^Working · |is at work|Waiting/)
        .or(page.locator('.row').last())
        .last(),
    ).toBeInViewport()
  })
})

test('older parts come above without moving a line', async ({ page, stage }) => {
  await open(page, stage, long(ENTRIES, Date.now()))
  await page.mouse.move(700, 300)
  for (let time = 0; time < 5; time += 1) {
    const rows = page.locator('[data-row]')
    const count = await rows.count()
    await page.locator('#conversation').evaluate((scroller) => (scroller.scrollTop = Math.min(600, scroller.scrollTop)))
    const before = await firstRow(page)
    await expect.poll(() => rows.count()).toBeGreaterThan(count === 400 ? 0 : count)
    await expectSamePlace(page, before)
  }
})

const firstRow = (page: Page): Promise<Place> => page.evaluate(firstRowInPage)
const distanceToEnd = (page: Page): Promise<number> => page.evaluate(distanceToEndInPage)
const farthestFromEnd = (page: Page, ms: number): Promise<number> => page.evaluate(farthestFromEndInPage, ms)

async function expectSamePlace(page: Page, before: Place): Promise<void> {
  const stays = async () => {
    const drift = await page.evaluate(driftInPage, before)
    return drift >= 0 && drift <= DRIFT_PX
  }
  await expect.poll(stays).toBe(true)
}

/** A paragraph in view, as a hand would mark it. */
function markFirstParagraph(page: Page): Promise<string> {
  return page.evaluate(() => {
    const inView = [...document.querySelectorAll('#conversation p')].find(
      (one) => one.getBoundingClientRect().top > 100,
    )
    if (inView !== undefined) getSelection()?.selectAllChildren(inView)
    return String(getSelection())
  })
}
