import { answers, composer, expect, send, test } from './fixtures.ts'
import type { Page } from '@playwright/test'
import { rowsKept } from './stage/relay.ts'

const RELAY_GONE = /ERR_|WebSocket connection|Failed to fetch|Failed to load resource|does not keep unsent messages/
const DAY_MS = 24 * 60 * 60 * 1000

test.use({ expectedConsole: RELAY_GONE })

test('[SUB1] what was read is there without the relay, after a reload too, and reading goes on from there', async ({
  page,
  house,
}) => {
  await send(page, 'echo to be kept')
  await expect(answers(page).last()).toContainText('to be kept')
  const session = page.url()
  await expect.poll(() => shellIsKept(page)).toBe(true)
  await expect.poll(() => rowsKept(page, 'lists')).toBe(1)
  await house.server.kill()

  await page.reload()
  await expect(answers(page).last()).toContainText('to be kept')
  await expect(page.getByTestId('session-strip')).toContainText(/cannot reach .* what was read until \d/i)
  await expect(page.getByRole('navigation').getByRole('link', { name: /to be kept/ })).toBeVisible()
  await send(page, 'echo written offline')
  await expect(page.getByText(/kept on this device/i)).toBeVisible()

  await house.server.start()
  await expect(answers(page).last()).toContainText('written offline', { timeout: 20_000 })
  await expect(page.getByTestId('message-user')).toHaveCount(2)
  await expect(page.getByTestId('session-strip')).toBeHidden()
  expect(page.url()).toBe(session)
})

test('signing out erases what was read, and keeps the draft for its writer', async ({ page, house }) => {
  await send(page, 'echo private')
  await expect(answers(page).last()).toContainText('private')
  const session = page.url()
  await composer(page).fill('still thinking')
  await expect.poll(() => rowsKept(page, 'tailFacts')).toBe(1)
  await page.getByRole('button', { name: 'Sign out' }).click()
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible()
  expect([
    await rowsKept(page, 'tailFacts'),
    await rowsKept(page, 'tailEntries'),
    await rowsKept(page, 'lists'),
  ]).toEqual([0, 0, 0])

  await house.server.stop()
  await house.server.start() // which prints a new link
  await page.goto('about:blank') // a link that differs in its fragment only does not load the page
  await page.goto(house.loginLink())
  await expect(page.getByTestId('connection-pill')).toBeVisible()
  await page.goto(session)
  await expect(composer(page)).toHaveValue('still thinking')
})

test('[F73] a page that is too old says so, offers to reload, and keeps the draft', async ({ page, house }) => {
  let old = false
  await page.routeWebSocket(/socket\.io/, (socket) => {
    const relay = socket.connectToServer()
    socket.onMessage((message) => relay.send(message))
    relay.onMessage((message) => {
      socket.send(old ? String(message).replace('"protocol":1', '"protocol":2') : message)
    })
  })
  await page.reload()
  await composer(page).fill('do not lose me')
  old = true
  await house.server.kill()
  await house.server.start()
  const banner = page.getByText(/new version of this page is ready/i)
  await expect(banner).toBeVisible({ timeout: 20_000 })
  old = false
  await page.getByRole('button', { name: 'Reload' }).click()
  await expect(composer(page)).toHaveValue('do not lose me')
  await expect(banner).toBeHidden()
})

test('[F74] a browser that stores nothing says so once, and the chat works', async ({ page }) => {
  await page.addInitScript(() => {
    Object.defineProperty(window, 'indexedDB', { get: () => undefined })
    Storage.prototype.setItem = () => {
      throw new DOMException('no', 'QuotaExceededError')
    }
  })
  await page.reload()
  const notice = page.locator('.notice', { hasText: /keeps nothing after closing/i })
  await expect(notice).toBeVisible()
  await page.getByRole('button', { name: 'Close' }).click()
  await send(page, 'echo unstored')
  await expect(answers(page).last()).toContainText('unstored')
  await expect(notice).toBeHidden()
})

test('[F85] a device whose clock is a day ahead shows how long ago things were all the same', async ({ page }) => {
  await page.addInitScript((shift) => {
    const now = Date.now.bind(Date)
    Date.now = () => now() + shift
    Object.defineProperty(performance, 'timeOrigin', { value: performance.timeOrigin + shift })
  }, DAY_MS)
  await page.reload()
  await expect(composer(page)).toBeVisible()
  await send(page, 'lines 60 50 ms')
  await expect(page.getByText(/working · 0:0\d/i)).toBeVisible()
  await expect(page.getByTestId('stop')).toBeHidden({ timeout: 20_000 })
  const row = page.getByRole('navigation').getByRole('link', { name: /lines 60/ })
  await expect(row).toContainText(/now|1m/)
})

test('[F72] a page that was frozen goes on from its cursor', async ({ page, house }) => {
  await send(page, 'echo before sleep')
  await expect(answers(page).last()).toContainText('before sleep')
  const session = await page.context().newCDPSession(page)
  await session.send('Page.setWebLifecycleState', { state: 'frozen' })
  await house.server.kill() // its link dies meanwhile, unseen
  await house.server.start()
  const other = await page.context().newPage()
  await other.goto(page.url())
  await send(other, 'lines 300 1 ms')
  await expect(answers(other).last()).toContainText('L000300', { timeout: 20_000 })
  await other.close()
  await session.send('Page.setWebLifecycleState', { state: 'active' })
  await expect(answers(page).last()).toContainText('L000300', { timeout: 20_000 })
  await expect(page.getByTestId('message-user')).toHaveCount(2)
})

/** The worker has the page and what it is made of. */
function shellIsKept(page: Page): Promise<boolean> {
  return page.evaluate(async () => {
    const kept = await (await caches.open('farhand-shell-1')).keys()
    const paths = kept.map(({ url }) => new URL(url).pathname)
    return paths.includes('/') && paths.some((path) => path.startsWith('/assets/session-'))
  })
}
