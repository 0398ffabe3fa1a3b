import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { answers, composer, expect, expectAllLines, numberedLines, requestCard, send, test } from './fixtures.ts'
import { killStarted, startChromium } from './ownChromium.ts'

/** A page that nobody looks at, and one that the browser has put to sleep. */

const RELAY_GONE = /ERR_|WebSocket connection|Failed to fetch|Failed to load resource/
test.use({ expectedConsole: RELAY_GONE })
test.setTimeout(180_000)
test.afterEach(killStarted)

/** A quick look at another tab changes nothing. */
const HIDDEN_AFTER_MS = 10_000
const AT_ONCE_MS = 2_000
const ASLEEP = '10:00'
const AWAKE_WITHIN_MS = 3_000

/** Pieces of text that the relay has sent to this page since, which a record replaces later. */
function countPieces(page: Page): () => number {
  let pieces = 0
  page.on('websocket', (socket) =>
    socket.on('framereceived', ({ payload }) => {
      pieces += [...String(payload).matchAll(/"kind":"text"(?![^{}]*"final":true)/g)].length
    }),
  )
  return () => pieces
}

const countLines = async (page: Page) => (await numberedLines(page)).length
const visibility = (page: Page) => page.evaluate(() => document.visibilityState)

test('[SUB9] a hidden tab reads only what is finished, and has everything at once when it is looked at', async ({
  house,
  launchOptions,
}) => {
  const profile = await mkdtemp(join(tmpdir(), 'farhand-chromium-'))
  const browser = await startChromium(profile, launchOptions, { asItIs: true })
  const page = await browser.open(house.loginLink())
  await expect(composer(page)).toBeVisible()
  const pieces = countPieces(page)
  await page.reload() // so that its connection is counted
  await expect(page.getByTestId('connection-pill')).toContainText(/\d+ ms/)
  await send(page, 'lines 500 60 ms')
  await expect(answers(page).first()).toContainText('L000002', { timeout: 30_000 })
  const always = await browser.open(page.url())
  await always.bringToFront()
  await expect.poll(() => visibility(page)).toBe('hidden')
  expect(await visibility(always)).toBe('visible')

  const atFirst = pieces()
  await always.waitForTimeout(3_000)
  expect(pieces()).toBeGreaterThan(atFirst) // for a moment it goes on as it was
  await always.waitForTimeout(HIDDEN_AFTER_MS)
  const hidden = pieces()
  const shown = await countLines(page)
  await always.waitForTimeout(4_000)
  expect(pieces()).toBe(hidden)
  expect(await countLines(page)).toBe(shown)
  const before = await countLines(always)
  expect(before).toBeGreaterThan(shown)

  await page.bringToFront()
  await expect.poll(() => visibility(page)).toBe('visible')
  await expect.poll(() => countLines(page), { timeout: AT_ONCE_MS, intervals: [100] }).toBeGreaterThanOrEqual(before)
  await expectAllLines(page, 500)
  await expectAllLines(always, 500)
  const textOf = async (tab: Page) => (await answers(tab).allInnerTexts()).join('\n')
  await expect.poll(() => textOf(page)).toBe(await textOf(always))
  await browser.kill()
  await rm(profile, { recursive: true, force: true, maxRetries: 5 })
})

test('[F72] ten minutes asleep, the relay restarted meanwhile: within three seconds the page is as things are', async ({
  page,
  house,
  context,
}) => {
  await page.clock.install()
  await page.reload()
  await expect(page.getByTestId('connection-pill')).toContainText(/\d+ ms/)
  await send(page, 'lines 100 40 ms')
  await expect(answers(page).first()).toContainText('L000002')
  const session = await context.newCDPSession(page)
  await session.send('Page.setWebLifecycleState', { state: 'frozen' })
  await house.server.kill() // its connection dies, and nobody is there to see it
  await house.server.start()
  const other = await context.newPage()
  await other.goto(page.url())
  await expectAllLines(other, 100)
  await send(other, 'append one line to runs.txt')
  await expect(requestCard(other)).toBeVisible()

  const woken = Date.now()
  await session.send('Page.setWebLifecycleState', { state: 'active' })
  await page.clock.fastForward(ASLEEP)
  await expect(requestCard(page)).toBeVisible()
  await expect(page.getByTestId('connection-pill')).toContainText('Connection: connected')
  expect(Date.now() - woken).toBeLessThan(AWAKE_WITHIN_MS)
  await expectAllLines(page, 100)
  await expect(page.getByTestId('message-user')).toHaveCount(2)
  await requestCard(page).getByRole('button', { name: 'Allow once' }).click()
  await expect(answers(other).last()).toContainText('Done.', { timeout: 30_000 })
  expect(await house.readProjectFile('runs.txt')).toBe('ran\n')
})
