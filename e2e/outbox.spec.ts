import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as plain, type Page } from '@playwright/test'
import { answers, composer, expect, send, test } from './fixtures.ts'
import { openHouse } from './house.ts'
import { killStarted, startChromium } from './ownChromium.ts'

const RELAY_GONE = /ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|WebSocket connection|Failed to fetch/
/** By whose holder all that the tabs keep is sent. */
const LOCK = 'farhand-outbox'

test.use({ expectedConsole: RELAY_GONE })
plain.afterEach(killStarted)

test('[F70] a tab that dies while it sends is taken over at once by the other, and the message is there once', async ({
  page,
  house,
  context,
}) => {
  await send(page, 'echo before')
  await expect(answers(page).last()).toContainText('before')
  const dying = await context.newPage()
  const second = await context.newPage()
  const sent = await deafen(dying)
  const hold = await holdTimers(second)
  const session = page.url()
  await dying.goto(session)
  // With the first page gone, the tab that asked next leads; the third waits.
  await expect.poll(() => candidates(page)).toBe(2)
  await expect(dying.getByTestId('message-user')).toHaveCount(1)
  // It does not show that session: whoever sees the message in the log needs to send nothing.
  await second.goto(house.url)
  await expect.poll(() => candidates(page)).toBe(3)
  await page.close()

  await send(dying, 'echo taken over')
  await expect.poll(sent).toBeGreaterThan(0)
  await hold()
  expect(await waitingIn(second)).toBe(1)
  await crash(dying)
  // At once: none of its timers goes off any more.
  await expect.poll(() => waitingIn(second)).toBe(0)
  await second.goto(session)
  await expect(answers(second).last()).toContainText('taken over')
  await expect(second.getByTestId('message-user')).toHaveCount(2)
  expect(house.server.output()).not.toContain('IDEMPOTENCY_CONFLICT')
})

test('[F70] what a tab without a connection keeps is sent by the one that has it', async ({ page, context }) => {
  await send(page, 'echo before')
  await expect(answers(page).last()).toContainText('before')
  const deaf = await context.newPage()
  await deaf.routeWebSocket(/socket\.io/, (socket) => void socket.close())
  await deaf.route(/socket\.io/, (route) => route.abort())
  await deaf.goto(page.url())
  await expect(composer(deaf)).toBeVisible()
  await expect(deaf.getByTestId('message-user')).toHaveCount(1)
  await send(deaf, 'echo by the other')
  await expect(answers(page).last()).toContainText('by the other')
  await expect(page.getByTestId('message-user')).toHaveCount(2)
  await expect(deaf.getByText('Sent', { exact: true })).toBeVisible()
})

test('[F75] the 101st unsent message is refused at Send with its reason, and its text stays', async ({
  page,
  house,
}) => {
  await send(page, 'echo before')
  await expect(answers(page).last()).toContainText('before')
  await house.server.kill()
  await expect(page.getByTestId('connection-pill')).toContainText(/reconnecting|connecting|#\d|offline/i)
  await keepMany(page, 99)
  await send(page, 'echo the 100th')
  await expect(page.getByTestId('outbox-strip')).toContainText('100 messages wait to be sent')
  await send(page, 'echo one too many')
  await expect(page.locator('.notice', { hasText: '100 messages wait on this device already' })).toBeVisible()
  await expect(composer(page)).toHaveValue('echo one too many')
  await expect.poll(() => waitingIn(page)).toBe(100)
})

plain(
  '[F69] Chromium is killed with an unsent message and a draft: the next start sends the one and has the other',
  async ({ launchOptions }) => {
    const house = await openHouse()
    const profile = await mkdtemp(join(tmpdir(), 'farhand-chromium-'))
    try {
      const first = await startChromium(profile, launchOptions)
      const page = await first.open(house.loginLink())
      await send(page, 'echo before')
      await expect(answers(page).last()).toContainText('before')
      const url = page.url()
      await house.server.kill()
      await expect(page.getByTestId('connection-pill')).toContainText(/reconnecting|connecting|#\d|offline/i)
      await send(page, 'echo survived')
      await expect(page.getByText(/kept on this device/i).first()).toBeVisible()
      await composer(page).fill('a half-finished thought')
      await expect.poll(() => draftsIn(page)).toEqual(['a half-finished thought'])
      await first.kill()

      await house.server.start()
      const second = await startChromium(profile, launchOptions)
      // Chromium writes cookies to the disk only every half minute: somebody signs in again.
      const again = await second.open(house.loginLink())
      await again.goto(url)
      await expect(answers(again).last()).toContainText('survived', { timeout: 20_000 })
      await expect(again.getByTestId('message-user')).toHaveCount(2)
      await expect(composer(again)).toHaveValue('a half-finished thought')
      await expect.poll(() => waitingIn(again)).toBe(0)
      await second.kill()
    } finally {
      await house.close()
      await rm(profile, { recursive: true, force: true, maxRetries: 5 })
    }
  },
)

/** The page's process ends without a word. */
async function crash(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page)
  const crashed = page.waitForEvent('crash')
  session.send('Page.crash').catch(() => undefined) // nobody is left to answer
  await crashed
}

/** The tabs of this browser that send or wait for their turn to. */
function candidates(page: Page): Promise<number> {
  return page.evaluate(async (name) => {
    const { held = [], pending = [] } = await navigator.locks.query()
    return [...held, ...pending].filter((lock) => lock.name === name).length
  }, LOCK)
}

/**
 * What a page sends reaches the relay; from its first command on it hears no answer to one and no news, so that it stays in
 * the middle of sending. Answers how many commands it has sent.
 */
async function deafen(page: Page): Promise<() => number> {
  const commands = new Set<string>()
  await page.routeWebSocket(/socket\.io/, (socket) => {
    const relay = socket.connectToServer()
    socket.onMessage((message) => {
      // Socket.IO: 42<id>["event", …] is answered with 43<id>[…]; 42["event", …] wants no answer.
      const id = /^42(\d+)\["execute_command"/.exec(String(message))?.[1]
      if (id !== undefined) commands.add(id)
      relay.send(message)
    })
    relay.onMessage((message) => {
      const said = String(message)
      const isLost = said.startsWith('42[') || commands.has(/^43(\d+)\[/.exec(said)?.[1] ?? '')
      if (commands.size === 0 || !isLost) socket.send(message)
    })
  })
  return () => commands.size
}

/** For a page that is not there yet: from what it answers on, none of the page's timers goes off any more. */
async function holdTimers(page: Page): Promise<() => Promise<void>> {
  await page.addInitScript(() => {
    let held = false
    for (const name of ['setTimeout', 'setInterval'] as const) {
      const begin: (act: () => void, ms?: number) => number = window[name]
      Object.assign(window, {
        [name]: (act: (...given: unknown[]) => void, ms?: number, ...given: unknown[]) =>
          begin(() => void (held || act(...given)), ms),
      })
    }
    Object.assign(window, { hold: () => (held = true) })
  })
  return () => page.evaluate(() => void (Reflect.get(window, 'hold') as () => void)())
}

/** Puts messages into the device as another tab would, and says so. */
async function keepMany(page: Page, count: number): Promise<void> {
  const sessionId = new URL(page.url()).pathname.split('/').at(-1) ?? ''
  await page.evaluate(
    ([session, many]) =>
      new Promise<void>((resolve, reject) => {
        const opening = indexedDB.open('farhand')
        opening.onerror = () => reject(new Error('the database does not open'))
        opening.onsuccess = () => {
          const transaction = opening.result.transaction('commands', 'readwrite')
          for (let number = 1; number <= many; number += 1) {
            const commandId = `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`
            const text = `echo number ${number}`
            const command = {
              commandId,
              sessionId: session,
              projectId: session,
              text,
              at: Date.now(),
            }
            transaction.objectStore('commands').put(command, commandId)
          }
          transaction.oncomplete = () => {
            opening.result.close()
            new BroadcastChannel('farhand').postMessage({ type: 'kept', commandId: '' })
            resolve()
          }
        }
      }),
    [sessionId, count] as const,
  )
}

/** The texts that the browser's database holds while they are typed. */
function draftsIn(page: Page): Promise<string[]> {
  return page.evaluate(
    () =>
      new Promise<string[]>((resolve, reject) => {
        const opening = indexedDB.open('farhand')
        opening.onerror = () => reject(new Error('the database does not open'))
        opening.onsuccess = () => {
          const reading: IDBRequest<{ text: string }[]> = opening.result
            .transaction('drafts')
            .objectStore('drafts')
            .getAll()
          reading.onsuccess = () => {
            opening.result.close()
            resolve(reading.result.map(({ text }) => text).filter((text) => text !== ''))
          }
        }
      }),
  )
}

/** What the browser's database holds unsent, whichever tab put it there. */
function waitingIn(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      new Promise<number>((resolve, reject) => {
        const opening = indexedDB.open('farhand')
        opening.onerror = () => reject(new Error('the database does not open'))
        opening.onsuccess = () => {
          const counting = opening.result.transaction('commands').objectStore('commands').count()
          counting.onsuccess = () => {
            opening.result.close()
            resolve(counting.result)
          }
        }
      }),
  )
}
