import type { Browser, Locator, Page } from '@playwright/test'
import { answers, composer, expect, expectAllLines, numberedLines, requestCard, send, test } from './fixtures.ts'
import type { House } from './house.ts'

/** What a person has to be able to rely on, with real tiers that are killed, several browsers, and lost connections. */

const RELAY_GONE = /ERR_|WebSocket connection|Failed to fetch|Failed to load resource/
test.use({ expectedConsole: RELAY_GONE })

const pill = (page: Page) => page.getByTestId('connection-pill')
const messages = (page: Page) => page.getByTestId('message-user')
const conversation = (page: Page) => page.getByRole('log', { name: 'Conversation' })

/** Another browser of the same person, on the same session. It comes by a token: the printed link was used. */
async function otherBrowser(browser: Browser, house: House, address: string): Promise<Page> {
  const page = await (await browser.newContext()).newPage()
  await page.goto(`${house.url}/login?next=${encodeURIComponent(new URL(address).pathname)}`)
  await page.getByLabel('Token').fill(house.ownerToken)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(composer(page)).toBeVisible()
  return page
}

/** Without what depends on who reads, and when. */
async function read(page: Page): Promise<string> {
  const text = await conversation(page).innerText()
  return text
    .replaceAll(/\d+ \w+ ago|\b\d{1,2}:\d{2}\b|New since you left\n*/g, '')
    .replaceAll(/\n+/g, '\n')
    .trim()
}

/** How many runs of a session are over, as the relay says to a client without a page. */
async function ends({ url, ownerToken }: House, address: string): Promise<number> {
  const path = `/api/sessions/${new URL(address).pathname.split('/').at(-1)}/entries?before=1000000&limit=500`
  const page = await fetch(url + path, { headers: { Authorization: `Bearer ${ownerToken}` } })
  const { entries } = (await page.json()) as { entries: { kind: string }[] }
  return entries.filter(({ kind }) => kind === 'run_finished').length
}

/** A request is open, and another browser shows it too. Answers the page of that. */
async function askedInBoth(page: Page, house: House, browser: Browser): Promise<Page> {
  await send(page, 'append one line to runs.txt')
  await expect(requestCard(page)).toBeVisible()
  const other = await otherBrowser(browser, house, page.url())
  await expect(requestCard(other)).toBeVisible()
  return other
}

/** With the pointer on the button already: what looks at it first may find that the other browser has answered. */
async function pressTogether(...buttons: Locator[]): Promise<void> {
  for (const button of buttons) await button.hover()
  await Promise.all(
    buttons.map(async (button) => {
      await button.page().mouse.down()
      await button.page().mouse.up()
    }),
  )
}

const allowOnce = (at: Page): Locator => requestCard(at).getByRole('button', { name: /allow once/i })

test('two browsers on one session: answers that race, a reload, the relay killed; both read the same to the character', async ({
  page,
  house,
  browser,
}) => {
  const other = await askedInBoth(page, house, browser)
  await page.waitForTimeout(500) // buttons that decide are armed
  await pressTogether(allowOnce(page), allowOnce(other))
  for (const at of [page, other]) await expect(answers(at).last()).toContainText('Done.', { timeout: 30_000 })
  expect(await house.readProjectFile('runs.txt')).toBe('ran\n')

  await send(page, 'lines 150 60 ms')
  await expect.poll(() => numberedLines(other).then((lines) => lines.length)).toBeGreaterThan(5)
  await other.reload()
  await house.server.kill()
  await send(page, 'echo from the one')
  await expect(page.getByText(/kept on this device/i)).toBeVisible()
  await house.server.start()
  await expectAllLines(page, 150)
  await expectAllLines(other, 150)
  await expect(answers(page).last()).toHaveText(/from the one\s*$/, { timeout: 30_000 })
  for (const at of [page, other]) await expect(messages(at)).toHaveCount(3)
  await expect.poll(() => read(other)).toBe(await read(page))
  await other.context().close()
})

test('the relay is killed: the pill says so at once and counts down; back again, nothing is missing or twice', async ({
  page,
  house,
}) => {
  await page.clock.install()
  await send(page, 'lines 300 60 ms')
  await expect.poll(() => numberedLines(page).then((lines) => lines.length)).toBeGreaterThan(5)
  const killed = Date.now()
  await house.server.kill()
  await expect(pill(page)).not.toContainText(/\d+ ms/, { timeout: 2_500 })
  expect(Date.now() - killed).toBeLessThan(4_000)
  const seconds = async () => Number(/try \d+ in (\d+) s/.exec(await pill(page).innerText())?.[1] ?? Number.NaN)
  await expect.poll(seconds, { intervals: [100], timeout: 20_000 }).toBeGreaterThan(3)
  const first = await seconds()
  await expect.poll(seconds, { intervals: [100] }).toBeLessThan(first)
  await pill(page).click()
  const retry = page.getByRole('dialog').getByRole('button', { name: 'Retry now' })
  await expect(retry).toBeVisible()
  await page.clock.pauseAt(Date.now() + 5_000) // from here on it does not try again by itself
  await house.server.start()
  await Promise.all([page.waitForResponse((response) => response.ok()), retry.click()])
  await page.clock.resume()
  await expect(pill(page)).toContainText('Connection: connected')
  await page.keyboard.press('Escape')
  await expectAllLines(page, 300)
})

test('three messages without a network, a reload, the network again: each arrives once and in order', async ({
  page,
  context,
}) => {
  await send(page, 'echo before')
  await expect(answers(page).last()).toContainText('before')
  await expect.poll(() => page.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true)
  await context.setOffline(true)
  for (const word of ['one', 'two', 'three']) await send(page, `echo ${word}`)
  await expect(page.getByText(/Kept on this device/)).toHaveCount(3)
  await page.reload()
  await expect(messages(page)).toHaveCount(4)
  await context.setOffline(false)
  await expect(answers(page)).toHaveText([/before/, /one/, /two/, /three/], { timeout: 60_000 })
  await expect(messages(page)).toHaveCount(4)
})

test('a draft survives a reload right after its last key, crosses into no other session, and does not come back once sent', async ({
  page,
  house,
}) => {
  await send(page, 'echo first session')
  await expect(answers(page).last()).toContainText('first session')
  const first = page.url()
  await page.getByRole('button', { name: 'New session', exact: true }).first().click()
  await expect(page).not.toHaveURL(first)
  await send(page, 'echo second session')
  await expect(answers(page).last()).toContainText('second session')
  const links = ['first session', 'second session'].map((name) =>
    page.getByRole('navigation').getByRole('link', { name: new RegExp(name) }),
  )
  for (let turn = 0; turn < 20; turn++) {
    const here = turn % 2
    await links[here]?.click()
    await expect(messages(page).first()).toContainText(here === 0 ? 'first' : 'second')
    await composer(page).fill(`draft of ${here}, ${turn}`)
  }
  await composer(page).pressSequentially(' and this', { delay: 5 })
  await page.reload()
  await expect(composer(page)).toHaveValue('draft of 1, 19 and this')
  await links[0]?.click()
  await expect(composer(page)).toHaveValue('draft of 0, 18')
  await composer(page).fill('echo sent')
  await page.getByTestId('send').click()
  await expect(answers(page).last()).toContainText('sent')
  await page.reload()
  await expect(messages(page)).toHaveCount(2)
  await expect(composer(page)).toHaveValue('')
  expect(house.server.output()).not.toContain('"level":50')
})

test('what waits in line is changed from another browser, and runs with every tab closed', async ({
  page,
  house,
  browser,
}) => {
  await send(page, 'lines 300 100 ms')
  await expect(answers(page).first()).toContainText('L000002')
  for (const word of ['first', 'second', 'third']) await send(page, `append one line to ${word}.txt`)
  const rows = (at: Page) => at.getByTestId('queue-row')
  await expect(rows(page)).toHaveCount(3)
  const other = await otherBrowser(browser, house, page.url())
  await expect(rows(other)).toHaveCount(3)
  const more = async (at: Page, row: number, item: string) => {
    await rows(at)
      .nth(row)
      .getByRole('button', { name: /^More for/ })
      .click()
    await at.getByRole('menuitem', { name: item }).click()
  }
  for (const [row, word] of [
    [0, 'one'],
    [1, 'two'],
  ] as const) {
    await more(other, row, 'Edit')
    await rows(other).nth(row).getByRole('textbox').fill(`echo ${word}`)
    await rows(other).nth(row).getByRole('button', { name: 'Save' }).click()
    await expect(rows(page).nth(row)).toContainText(`echo ${word}`)
  }
  await more(other, 2, 'Remove')
  await expect(rows(page)).toHaveCount(2)
  const address = page.url()
  await other.context().close()
  await page.goto('about:blank')
  await expect.poll(() => ends(house, address), { timeout: 60_000 }).toBe(4) // and nobody is there; the removed one ended, too
  await page.goto(address)
  await expect(answers(page).last()).toHaveText(/two\s*$/, { timeout: 30_000 })
  await expect(answers(page).nth(-2)).toHaveText(/one\s*$/)
  expect(await house.readProjectFile('third.txt').catch(() => 'none')).toBe('none')
})

test('[REQ2] one allows and one denies at the same moment: one wins, and both are told the same', async ({
  page,
  house,
  browser,
}) => {
  const other = await askedInBoth(page, house, browser)
  await requestCard(other).getByRole('button', { name: /^Deny/ }).click()
  await page.waitForTimeout(500)
  const deny = requestCard(other).getByRole('button', { name: /^Deny/ }).last()
  await pressTogether(allowOnce(page), deny)
  const outcome = async (at: Page) => /(Allowed|Denied)[^\n]*/.exec(await conversation(at).innerText())?.[0]
  await expect.poll(() => outcome(page), { timeout: 20_000 }).toBeDefined()
  await expect.poll(() => outcome(other)).toBe(await outcome(page))
  await expect(page.getByTestId('stop')).toBeHidden({ timeout: 20_000 })
  const ran = await house.readProjectFile('runs.txt').catch(() => '')
  expect(ran).toBe((await outcome(page))?.startsWith('Allowed') === true ? 'ran\n' : '')
  await other.context().close()
})

test('a request is there again within two seconds: after a reload, on another device, after a restart of the relay', async ({
  page,
  house,
  browser,
}) => {
  await send(page, 'append one line to runs.txt')
  await expect(requestCard(page)).toBeVisible()
  const soon = async (at: Page) => {
    await expect(pill(at)).toContainText('Connection: connected', { timeout: 20_000 })
    await expect(requestCard(at)).toBeVisible({ timeout: 2_000 })
  }
  await page.reload()
  await soon(page)
  const other = await otherBrowser(browser, house, page.url())
  await soon(other)
  await house.server.kill()
  await house.server.start()
  await soon(page)
  await soon(other)
  await other.context().close()
})

test('Stop is answered at once, and a run is over only when the machine has said so', async ({ page, house }) => {
  await send(page, 'lines 2000 200 ms')
  await expect(answers(page).first()).toContainText('L000002')
  const named = await page.evaluate(async () => {
    const stop = document.querySelector<HTMLElement>('[data-testid=stop]')
    stop?.click()
    await Promise.resolve() // by which the page was made anew, and nothing can have come from the relay
    return stop?.getAttribute('aria-label')
  })
  expect(named).toBe('Stopping…')
  await expect(page.getByText(/^Stopped/).first()).toBeVisible({ timeout: 20_000 })

  // Killed while it works: nobody says how it ended, so nothing says that it did.
  await send(page, 'lines 2000 200 ms')
  await expect(page.getByTestId('stop')).toBeVisible()
  await house.agent.kill()
  await expect(page.getByTestId('session-strip')).toContainText(/offline|not connected|away/i, { timeout: 35_000 })
})

test('what an input method composes is not sent by its Enter', async ({ page, context }) => {
  const keyboard = await context.newCDPSession(page)
  await composer(page).focus()
  await keyboard.send('Input.imeSetComposition', { text: 'にほん', selectionStart: 3, selectionEnd: 3 })
  await keyboard.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', key: 'Enter', windowsVirtualKeyCode: 229 })
  await expect(composer(page)).toHaveValue('にほん')
  await expect(messages(page)).toHaveCount(0)
  await keyboard.send('Input.insertText', { text: '日本' })
  await expect(composer(page)).toHaveValue('日本')
  await composer(page).press('Enter')
  await expect(messages(page)).toHaveCount(1)
})

test('what was sent comes back by ↑, a file is named from the palette, and a large picture is scaled down', async ({
  page,
}) => {
  await send(page, 'echo one')
  await expect(answers(page).last()).toContainText('one')
  await send(page, 'echo two')
  await expect(answers(page).last()).toContainText('two')
  await composer(page).focus()
  for (const [key, text] of [
    ['ArrowUp', 'echo two'],
    ['ArrowUp', 'echo one'],
    ['ArrowDown', 'echo two'],
    ['Escape', ''],
  ] as const) {
    await page.keyboard.press(key)
    await expect(composer(page)).toHaveValue(text)
    await page.waitForTimeout(100) // the caret is told a moment later
  }

  await page.keyboard.press('Control+k')
  await page.keyboard.type('@greet')
  await expect(page.getByRole('option', { name: /greeting\.mjs/ })).toBeVisible()
  await page.keyboard.press('Enter')
  await expect(composer(page)).toHaveValue('@greeting.mjs ')
  await expect(composer(page)).toBeFocused()

  const picture = await page.evaluate(() => {
    const canvas = document.createElement('canvas')
    Object.assign(canvas, { width: 4_096, height: 1_024 })
    canvas.getContext('2d')?.fillRect(0, 0, 4_096, 500)
    return canvas.toDataURL('image/png').split(',')[1] ?? ''
  })
  const file = { name: 'wide.png', mimeType: 'image/png', buffer: Buffer.from(picture, 'base64') }
  await page.getByTestId('file-picker').setInputFiles(file)
  await expect(page.locator('.notice', { hasText: 'wide.png was scaled down to 2048 × 512.' })).toBeVisible()
  await page.getByTestId('send').click()
  await expect(answers(page).last()).toContainText('I was shown 1', { timeout: 30_000 })
})

test('the list of sessions is as wide as it was made, by keys and by hand, after a reload too', async ({ page }) => {
  const edge = page.getByRole('separator', { name: 'Width of the session list' })
  const width = async () => (await page.getByRole('navigation').boundingBox())?.width ?? 0
  const before = await width()
  await edge.focus()
  await page.keyboard.press('ArrowRight')
  await expect.poll(width).toBe(before + 16)
  const box = await edge.boundingBox()
  await page.mouse.move((box?.x ?? 0) + 4, 300)
  await page.mouse.down()
  await page.mouse.move((box?.x ?? 0) + 64, 300, { steps: 4 })
  await page.mouse.up()
  await expect.poll(width).toBe(before + 76)
  await page.reload()
  await expect.poll(width).toBe(before + 76)
})

test('who was away begins where what is new begins, if it is more than a screen', async ({ page, house }) => {
  test.setTimeout(150_000)
  await send(page, 'echo before')
  await expect(answers(page).last()).toContainText('before')
  const address = page.url()
  await page.waitForTimeout(2_000) // it is noted that this was read
  await page.goto('about:blank')
  const headers = { Authorization: `Bearer ${house.ownerToken}`, 'Content-Type': 'application/json' }
  const { projects } = (await (await fetch(`${house.url}/api/projects`, { headers })).json()) as {
    projects: { projectId: string }[]
  }
  const sessionId = new URL(address).pathname.split('/').at(-1)
  const said = { command: 'lines 200 1 ms', sessionId }
  const path = `${house.url}/api/projects/${projects[0]?.projectId}/commands`
  expect((await fetch(path, { method: 'POST', headers, body: JSON.stringify(said) })).status).toBe(202)
  await expect.poll(() => ends(house, address), { timeout: 30_000 }).toBe(2)
  await page.waitForTimeout(60_000)
  await page.goto(address)
  await expect(page.getByText('New since you left')).toBeInViewport()
  const toEnd = () => conversation(page).evaluate((view) => view.scrollHeight - view.clientHeight - view.scrollTop)
  expect(await toEnd()).toBeGreaterThan(100)
  await page.waitForTimeout(2_000) // and it was read
  await page.reload()
  await expect(messages(page)).toHaveCount(2)
  await expect.poll(toEnd).toBeLessThan(10)
  await expect(page.getByText('New since you left')).toBeHidden()
})
