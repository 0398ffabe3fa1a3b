import type { Page } from '@playwright/test'
import { answers, expect, requestCard, send, test } from './fixtures.ts'

/** What is read out to who can't see the page, and what moves for who can't bear it. */

const RELAY_GONE = /ERR_|WebSocket connection|Failed to fetch|Failed to load resource/
test.use({ expectedConsole: RELAY_GONE })
test.setTimeout(180_000)

/** The page says at most one thing in this time; somewhat less for the clocks. */
const APART_MS = 1_900
/** What streams. An end is told with the first line of its answer. */
const CONVERSATION_WORDS = /L\d{6}/

type Said = { text: string; at: number; loud: boolean }

/** Everything that the two places say in which it is read out, with when. */
async function listen(page: Page): Promise<() => Promise<Said[]>> {
  await page.evaluate(() => {
    const said: Said[] = []
    Object.assign(window, { said })
    for (const region of document.querySelectorAll('.sr[role=status], .sr[role=alert]'))
      new MutationObserver(() => {
        const text = region.textContent?.trim() ?? ''
        if (text !== '') said.push({ text, at: performance.now(), loud: region.getAttribute('role') === 'alert' })
      }).observe(region, { childList: true, characterData: true, subtree: true })
  })
  return () => page.evaluate(() => Reflect.get(window, 'said') as Said[])
}

function times(said: readonly Said[], text: RegExp): number {
  return said.filter((one) => text.test(one.text)).length
}

test('who listens is told of requests, ends and losses, each once, and of nothing that streams', async ({
  page,
  house,
}) => {
  const heard = await listen(page)
  await send(page, 'lines 100 60 ms')
  await expect(answers(page).first()).toContainText('L000100', { timeout: 30_000 })
  await send(page, 'append one line to runs.txt')
  await expect(requestCard(page)).toBeVisible()
  await page.waitForTimeout(3_000) // it would be said again with what streams or is counted
  await requestCard(page).getByRole('button', { name: 'Allow once' }).click()
  await expect(answers(page).last()).toContainText('Done.', { timeout: 30_000 })

  await house.server.kill()
  await expect(page.getByTestId('connection-pill')).toContainText(/try \d/, { timeout: 20_000 })
  await page.waitForTimeout(5_000) // it tries again, and counts
  await house.server.start()
  await expect.poll(async () => times(await heard(), /Connection restored/), { timeout: 40_000 }).toBe(1)
  await page.waitForTimeout(4_000)

  const said = await heard()
  expect(times(said, /Approval needed: Claude wants to run a command/)).toBe(1)
  expect(said.filter(({ loud }) => loud)).toHaveLength(1)
  expect(times(said, /Allowed once/)).toBe(1)
  expect(times(said, /Claude finished/)).toBe(2)
  expect(times(said, /Connection lost/)).toBe(1)
  expect(said.filter(({ text }) => CONVERSATION_WORDS.test(text) && !text.startsWith('Claude finished: '))).toEqual([])
  const polite = said.filter(({ loud }) => !loud)
  const gaps = polite.slice(1).map(({ at }, index) => at - (polite[index]?.at ?? 0))
  expect(Math.min(...gaps), JSON.stringify(polite)).toBeGreaterThanOrEqual(APART_MS)
  expect(await page.getByRole('log', { name: 'Conversation' }).getAttribute('aria-live')).toBe('off')
})

test('with reduced motion nothing moves, whatever is opened, streams or waits', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await page.evaluate(() => {
    const moved = new Set<string>()
    Object.assign(window, { moved })
    requestAnimationFrame(function next() {
      for (const { effect } of document.getAnimations()) {
        const target = effect instanceof KeyframeEffect ? effect.target : null
        moved.add(target?.outerHTML.slice(0, 160) ?? '?')
      }
      requestAnimationFrame(next)
    })
  })
  const openAndClose = async (open: () => Promise<void>) => {
    await open()
    await expect(page.locator('[role=dialog], [role=menu]').first()).toBeVisible()
    await page.keyboard.press('Escape')
    await expect(page.locator('[role=dialog], [role=menu]')).toHaveCount(0)
  }
  await send(page, 'lines 600 20 ms')
  await expect(answers(page).first()).toContainText('L000400', { timeout: 30_000 })
  await openAndClose(() => page.keyboard.press('Control+k'))
  await openAndClose(() => page.getByRole('button', { name: 'Settings' }).click())
  await openAndClose(() => page.getByRole('button', { name: /^Permission mode/ }).click())
  await openAndClose(() => page.getByTestId('connection-pill').click())
  await page.locator('#conversation').hover()
  await page.mouse.wheel(0, -300)
  await page.getByRole('button', { name: /jump to latest/i }).click()
  await expect(answers(page).first()).toContainText('L000600', { timeout: 30_000 })
  await send(page, 'append one line to runs.txt')
  await expect(requestCard(page)).toBeVisible()
  await requestCard(page).getByRole('button', { name: 'Allow once' }).click()
  await expect(answers(page).last()).toContainText('Done.', { timeout: 30_000 })
  await page.setViewportSize({ width: 390, height: 844 })
  await openAndClose(() => page.getByRole('button', { name: 'Open session list' }).click())
  expect(await page.evaluate(() => [...(Reflect.get(window, 'moved') as Set<string>)])).toEqual([])
})
