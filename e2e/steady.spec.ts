import { expect, test } from '@playwright/test'
import { loadFigures } from './stage/measure.ts'
import { openStage } from './stage/stage.ts'
import { stream, talk } from './stage/stream.ts'

/** As many as are drawn, but for a few: some answers later, rows leave above. */
const PARAGRAPHS = 96
const ANSWERS = 6
/** Each pushes what is in view out of it. */
const PACE = { bytesPerSecond: 24_000, seconds: 0.5, everyMs: 100 }
const MOST_SHIFT = 0.05

test('nothing jumps while answers stream and older rows leave the page', async ({ browser }) => {
  const stage = await openStage()
  const { scene, run } = talk(Date.now(), PARAGRAPHS)
  const played = await stage.play(scene)
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(await stage.loginLink())
  await expect(page.getByTestId('connection-pill')).toBeVisible()
  await page.goto(`${stage.url}/s/${played.sessionId}`)
  await expect(page.getByText(`Paragraph ${PARAGRAPHS - 1}.`)).toBeVisible()
  const oldest = page.locator('[data-row]').filter({ hasText: 'Paragraph 0.' })
  // At once, while the rows above are still on their way.
  for (let answer = 0; answer < ANSWERS; answer += 1) await stream(played, run, { ...PACE, key: `answer:${answer}` })
  await expect(oldest).toHaveCount(0)
  expect((await loadFigures(page)).cls).toBeLessThan(MOST_SHIFT)
  await context.close()
  await stage.close()
})
