import type { Page } from '@playwright/test'
import { writeRun } from './stage/scene.ts'
import { long } from './stage/scenes.ts'
import { expect, open, test } from './stage/fixtures.ts'
import { expectAccessible, expectFits } from './seen.ts'

test.use({ permissions: ['notifications'] })

const PHONE = { width: 390, height: 844 }

test('the page can be installed, tells of a request while nobody looks, and leads to it', async ({
  page,
  stage,
  context,
}) => {
  const run = writeRun('Make the greeting formal', Date.now()).start().say('I look at it.')
  const session = await stage.play({ title: 'Formal greeting', commands: [run.command], lines: run.lines })
  const said = run.lines.length

  await expect.poll(() => page.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true)
  const browser = await context.newCDPSession(page)
  const manifest = await browser.send('Page.getAppManifest')
  expect(manifest.errors).toEqual([])
  expect(JSON.parse(manifest.data ?? '')).toMatchObject({ id: '/', start_url: '/', display: 'standalone' })
  const { installabilityErrors } = await browser.send('Page.getInstallabilityErrors')
  // Each test has a private window, in which nothing can be installed.
  expect(installabilityErrors.filter(({ errorId }) => errorId !== 'in-incognito')).toEqual([])
  for (const [path, type] of [
    ['/manifest.webmanifest', 'application/manifest+json'],
    ['/icons/maskable-512.png', 'image/png'],
  ] as const)
    expect((await page.request.get(stage.url + path)).headers()['content-type']).toContain(type)

  await page.getByRole('button', { name: 'Settings' }).click()
  const wish = page.getByRole('checkbox', { name: /A session waits for you/ })
  await wish.check()
  await expect(wish).toBeChecked()
  await page.keyboard.press('Escape')

  await hide(page)
  run.ask('Bash', { command: 'pnpm test' })
  await session.write(run.lines.slice(said))
  await expect.poll(() => notes(page)).toEqual(['Needs you: Formal greeting'])
  await expect(page).toHaveTitle(/^\(1\) /)

  const [worker] = context.serviceWorkers()
  await worker?.evaluate(async () => {
    // The worker's own global; what it is typed as here is the page's.
    const self = globalThis as unknown as { registration: ServiceWorkerRegistration; dispatchEvent(event: Event): void }
    const [notification] = await self.registration.getNotifications()
    const Pressed = Reflect.get(globalThis, 'NotificationEvent') as new (type: string, init: object) => Event
    self.dispatchEvent(new Pressed('notificationclick', { notification }))
  })
  await expect(page).toHaveURL(new RegExp(session.sessionId))
  await expect(page.getByTestId('request-card')).toBeVisible()
  await expect.poll(() => notes(page)).toEqual([])
})

test('what was said is found, also before what is loaded, by keys and on a phone', async ({ page, stage }) => {
  await open(page, stage, long(2_400, Date.now()))
  await page.locator('#conversation').focus()
  await page.keyboard.press('f')
  const bar = page.getByRole('search')
  await expect(bar.getByRole('textbox')).toBeFocused()
  await page.keyboard.type('what about part')
  await expect(bar.getByRole('status').first()).toHaveText(/^(\d+) of \1$/)
  await page.keyboard.press('Enter')
  await expect(page.locator('.row.marked')).toContainText('what about part')
  await expect.poll(() => page.evaluate(() => CSS.highlights.get('found-here')?.size)).toBe(1)

  await bar.getByRole('textbox').fill('message 2:')
  await expect(bar).toContainText('Not found')
  await bar.getByRole('button', { name: 'Search older' }).click()
  await expect(bar).toContainText('1 of 1')
  await expect(page.getByText('Message 2: what about part 2?')).toBeInViewport()
  await expectAccessible(page)

  await page.setViewportSize(PHONE)
  await expect(bar.getByRole('button', { name: 'Next place' })).toBeInViewport({ ratio: 1 })
  await expectFits(page)
  await page.keyboard.press('Escape')
  await expect(bar).toBeHidden()
  await expect(page.getByText('Message 2: what about part 2?')).toBeInViewport()
})

/** The page believes that nobody sees it; in a browser without windows every page is in sight. */
async function hide(page: Page): Promise<void> {
  await page.evaluate(() => {
    Object.defineProperty(document, 'visibilityState', { get: () => 'hidden' })
    document.dispatchEvent(new Event('visibilitychange'))
  })
}

/** The titles of what the browser shows for this page. */
async function notes(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration()
    return ((await registration?.getNotifications()) ?? []).map(({ title }) => title)
  })
}
