import type { Page } from '@playwright/test'
import { answers, expect, send, test } from './fixtures.ts'
import { loseAnswers } from './stage/relay.ts'

/** What is lost on the way between a page and its relay, while both are well. */

test.use({ expectedConsole: /ERR_|WebSocket connection|Failed to fetch/ })
test.setTimeout(180_000)

const SEEN_WITHIN_MS = 13_000
const pill = (page: Page) => page.getByTestId('connection-pill')

test('a connection that swallows everything is seen within 13 s, and by the next one all is there', async ({
  page,
}) => {
  let swallows = false
  await page.routeWebSocket(/socket\.io/, (socket) => {
    const relay = socket.connectToServer()
    const pass = swallows ? 'not' : 'yes'
    socket.onMessage((message) => (swallows || pass === 'not' ? undefined : relay.send(message)))
    relay.onMessage((message) => (swallows || pass === 'not' ? undefined : socket.send(message)))
  })
  await page.reload()
  await expect(pill(page)).toContainText(/\d+ ms/)
  await send(page, 'lines 200 60 ms')
  await expect(answers(page).first()).toContainText('L000002')
  swallows = true
  await expect(pill(page)).not.toContainText('Connection: connected', { timeout: SEEN_WITHIN_MS })
  await expect(pill(page)).toContainText(/Reconnecting|try \d|Connecting/, { timeout: SEEN_WITHIN_MS })
  await send(page, 'echo written meanwhile')
  await expect(page.getByText('Kept on this device')).toBeVisible()
  swallows = false
  await expect(pill(page)).toContainText(/\d+ ms/, { timeout: 30_000 })
  await expect(answers(page).last()).toHaveText(/written meanwhile\s*$/, { timeout: 40_000 })
  await expect(page.getByTestId('message-user')).toHaveCount(2)
})

test('[CMD1] a message whose acknowledgement is lost is there once, runs once, and counts as sent', async ({
  page,
}) => {
  const lost = await loseAnswers(page, 1)
  await page.reload()
  await expect(pill(page)).toContainText(/\d+ ms/)
  await send(page, 'echo only once')
  await expect(answers(page)).toHaveText([/only once\s*$/], { timeout: 30_000 })
  expect(lost()).toBe(1)
  const unsure = page.getByText(/^(?:Sending…|Kept on this device|Not sent.*)$/)
  await expect(unsure).toHaveCount(0, { timeout: 40_000 })
  await page.reload()
  await expect(answers(page)).toHaveText([/only once\s*$/])
  await expect(page.getByTestId('message-user')).toHaveCount(1)
  await expect(unsure).toHaveCount(0)
})
