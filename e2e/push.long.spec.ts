import type { CDPSession, Page } from '@playwright/test'
import { startPushService, type PushService } from '../packages/server/test/pushService.ts'
import { composer, watchConsole } from './fixtures.ts'
import { expectAccessible, expectFits, expectLargeTargets } from './seen.ts'
import { expect, test as base } from './stage/fixtures.ts'
import { writeRun } from './stage/scene.ts'
import { openStage } from './stage/stage.ts'

/** A relay that sends pushes, and the push service that the browser believes it has: no real one can be reached here. */
const test = base.extend<{ service: PushService }>({
  permissions: ['notifications'],
  // eslint needs the destructuring: Playwright reads the names of the fixtures from it.
  service: async ({}, use) => {
    const service = await startPushService()
    await use(service)
    await service.close()
  },
  stage: async ({}, use) => {
    const stage = await openStage({ pushContact: 'mailto:me@example.com' })
    await use(stage)
    await stage.close()
  },
  page: async ({ page, stage, service }, use) => {
    const complaints = watchConsole(page, undefined)
    await stubPushManager(page, service)
    await page.goto(await stage.loginLink())
    await expect(composer(page)).toBeVisible()
    await expect.poll(() => page.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true)
    await use(page)
    expect(complaints).toEqual([])
  },
})

const PHONE = { width: 390, height: 844 }
const settings = (page: Page) => page.getByRole('dialog', { name: 'Settings' })
const need = (page: Page) => page.getByRole('checkbox', { name: /A session waits for you/ })
const closed = (page: Page) => page.getByRole('checkbox', { name: /Also when no tab is open/ })

test('a push is chosen, tried, shown once, leads to the answer, and goes when that is given elsewhere', async ({
  page,
  context,
  stage,
  service,
}, info) => {
  const run = writeRun('Make the greeting formal', Date.now()).start().say('I look at it.')
  const session = await stage.play({ title: 'Formal greeting', commands: [run.command], lines: run.lines })
  let said = run.lines.length
  const write = async (): Promise<void> => {
    await session.write(run.lines.slice(said))
    said = run.lines.length
  }
  const browser = await context.newCDPSession(page)
  const deliver = await openDelivery(browser, stage.url)

  await page.getByRole('button', { name: 'Settings' }).click()
  await expect(closed(page)).toBeDisabled()
  await need(page).check()
  await closed(page).check()
  await expect(page.getByRole('button', { name: 'Send one now' })).toBeEnabled()
  await page.getByRole('button', { name: 'Send one now' }).click()
  await expect(page.getByText('Sent. It appears here in a moment.')).toBeVisible()
  await expect.poll(() => service.letters.map(({ message }) => message.type)).toEqual(['test'])
  await deliver(JSON.stringify({ type: 'test' }))
  await expect.poll(() => notes(page)).toEqual(['Farhand'])
  await look(page, 'chosen', info.outputPath.bind(info))

  // Several moments later a push comes that nobody can read: it shows something, too.
  await closeNotes(page)
  await deliver('\u0000 no JSON')
  await expect.poll(() => notes(page)).toEqual(['Farhand'])
  await closeNotes(page)
  await page.keyboard.press('Escape')

  run.ask('Bash', { command: 'pnpm test' })
  await write()
  await expect.poll(() => service.letters.map(({ message }) => message.type)).toEqual(['test', 'need'])
  await expect.poll(() => notes(page)).toEqual(['Needs you: Formal greeting']) // by the tab
  await deliver(JSON.stringify(service.letters[1]?.message))
  await expect.poll(() => notes(page)).toEqual(['Needs you: Formal greeting'])

  await context.serviceWorkers()[0]?.evaluate(async () => {
    // The worker's own global; what it is typed as here is the page's.
    const self = globalThis as unknown as { registration: ServiceWorkerRegistration; dispatchEvent(event: Event): void }
    const [notification] = await self.registration.getNotifications()
    const Pressed = Reflect.get(globalThis, 'NotificationEvent') as new (type: string, init: object) => Event
    self.dispatchEvent(new Pressed('notificationclick', { notification }))
  })
  await expect(page).toHaveURL(`${stage.url}/s/${session.sessionId}`) // the wish for the focus is fulfilled and gone
  await expect(page.locator('#request-card')).toBeFocused()

  await deliver(JSON.stringify({ ...service.letters[1]?.message, seq: 1_000 }))
  await expect.poll(() => notes(page)).toEqual(['Needs you: Formal greeting'])
  await deliver(JSON.stringify({ ...service.letters[1]?.message, type: 'over', seq: 1_001 }))
  await expect.poll(() => notes(page)).toEqual(['Answered elsewhere: Formal greeting'])
  await expect.poll(() => notes(page)).toEqual([])
})

test.describe('on a phone', () => {
  test.use({ viewport: PHONE, hasTouch: true, isMobile: true })

  test('what is pressed is large enough, and who signs out is told of nothing', async ({ page, stage, service }) => {
    await page.getByRole('button', { name: 'Open session list' }).click()
    await page.getByRole('button', { name: 'Settings' }).click()
    await need(page).check()
    await closed(page).check()
    await expect(page.getByRole('button', { name: 'Send one now' })).toBeEnabled()
    await expectLargeTargets(page)
    await page
      .getByRole('button', { name: /^Sign out / })
      .first()
      .click()
    await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible()
    const run = writeRun('Make the greeting formal', Date.now()).start()
    const session = await stage.play({ title: 'Formal greeting', commands: [run.command], lines: run.lines })
    const said = run.lines.length
    run.ask('Bash', { command: 'pnpm test' })
    await session.write(run.lines.slice(said))
    await page.waitForTimeout(5_000) // more than the three seconds and a look
    expect(service.letters).toEqual([])
  })
})

async function look(page: Page, name: string, path: (name: string) => string): Promise<void> {
  for (const size of [undefined, PHONE]) {
    if (size !== undefined) await page.setViewportSize(size)
    for (const scheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: scheme })
      await closed(page).scrollIntoViewIfNeeded()
      await page.screenshot({ path: path(`${name}-${size === undefined ? 'desk' : 'phone'}-${scheme}.png`) })
      await expectAccessible(page, scheme)
    }
    await expectFits(page)
  }
  await page.setViewportSize({ width: 1440, height: 900 })
  await expect(settings(page)).toBeVisible()
}

/** What the browser's push service would give the page. */
async function stubPushManager(page: Page, service: PushService): Promise<void> {
  await page.addInitScript((given) => {
    let key: ArrayBuffer | undefined
    const subscription = (): object => ({
      endpoint: given.endpoint,
      options: { applicationServerKey: key },
      toJSON: () => given,
      unsubscribe: () => {
        key = undefined
        return Promise.resolve(true)
      },
    })
    Object.assign(PushManager.prototype, {
      getSubscription: () => Promise.resolve(key === undefined ? null : subscription()),
      subscribe: ({ applicationServerKey }: { applicationServerKey: string }) => {
        const text = atob(applicationServerKey.replaceAll('-', '+').replaceAll('_', '/'))
        key = Uint8Array.from(text, (letter) => letter.charCodeAt(0)).buffer
        return Promise.resolve(subscription())
      },
    })
  }, service.subscribe('browser'))
}

/** Hands the page's worker what a push service brings. */
async function openDelivery(browser: CDPSession, origin: string): Promise<(data: string) => Promise<void>> {
  const registered = new Promise<string>((resolve) =>
    browser.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      const [first] = registrations
      if (first !== undefined) resolve(first.registrationId)
    }),
  )
  await browser.send('ServiceWorker.enable')
  const registrationId = await registered
  return async (data) => void (await browser.send('ServiceWorker.deliverPushMessage', { origin, registrationId, data }))
}

/** The titles of what the browser shows for this page. */
async function notes(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration()
    return ((await registration?.getNotifications()) ?? []).map(({ title }) => title)
  })
}

async function closeNotes(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration()
    for (const note of (await registration?.getNotifications()) ?? []) note.close()
  })
  await expect.poll(() => notes(page)).toEqual([])
}
