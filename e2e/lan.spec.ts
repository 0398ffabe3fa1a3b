import { test as base, expect } from '@playwright/test'
import { answers, composer, requestCard, send, watchConsole } from './fixtures.ts'
import { openHouse } from './house.ts'

/**
 * A name that is not loopback, over plain http: for the browser this is what a LAN address is, a page without
 * `crypto.subtle`, `randomUUID`, clipboard or service worker. The browser resolves the name to this machine.
 */
const NAME = 'workstation.test'

base.use({
  launchOptions: async ({ launchOptions }, use) => {
    await use({
      ...launchOptions,
      args: [...(launchOptions.args ?? []), `--host-resolver-rules=MAP ${NAME} 127.0.0.1`],
    })
  },
})

base('on plain http at a LAN address the page works, and says what is missing', async ({ page }) => {
  const house = await openHouse({ origin: (port) => `http://${NAME}:${port}` })
  const complaints = watchConsole(page, undefined)
  await page.goto(house.loginLink())
  await expect(composer(page)).toBeVisible()
  expect(new URL(page.url()).hostname).toBe(NAME)
  expect(await page.evaluate(() => [isSecureContext, 'subtle' in crypto, 'randomUUID' in crypto])).toEqual([
    false,
    false,
    false,
  ])
  await send(page, 'write notes.txt')
  await requestCard(page)
    .getByRole('button', { name: /allow once/i })
    .click()
  await expect.poll(() => house.readProjectFile('notes.txt').catch(() => undefined)).toBeTruthy()
  await expect(answers(page).last()).toBeVisible()
  await page.getByTestId('connection-pill').click()
  await expect(page.getByText(/plain http/i)).toBeVisible()
  expect(complaints).toEqual([])
  await house.close()
})

base('[CON5] the page of a foreign origin gets no ticket and no connection', async ({ page }) => {
  const house = await openHouse()
  // The relay was not told of this name, so a page under it is as foreign as any other.
  const foreign = house.url.replace('127.0.0.1', NAME)
  await page.goto(`${foreign}/healthz`)
  const outcome = await page.evaluate(async (url) => {
    const ticket = await fetch('/api/ticket', { method: 'POST', headers: { 'x-farhand': '1' } })
    const socket = await new Promise<string>((resolve) => {
      const dialled = new WebSocket(`${url.replace('http:', 'ws:')}/socket.io/?EIO=4&transport=websocket`)
      dialled.onopen = () => resolve('open')
      dialled.onerror = () => resolve('refused')
    })
    return { ticket: ticket.status, socket }
  }, foreign)
  expect(outcome).toEqual({ ticket: 403, socket: 'refused' })
  await house.close()
})
