import { test as base, expect, type Page } from '@playwright/test'
import { answers, composer, requestCard, watchConsole } from './fixtures.ts'
import { openHouse } from './house.ts'

const MOST_TABS = 80
/** Sign-in to sign-out over the real tiers. */
const TIMEOUT_MS = 180_000

/** Presses Tab, or Shift+Tab, until what has the focus is called so. */
async function tabTo(page: Page, name: RegExp, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  for (let tabs = 0; tabs < MOST_TABS; tabs++) {
    await page.keyboard.press(key)
    const called = await page.evaluate(() => {
      const element = document.activeElement
      if (!(element instanceof HTMLElement)) return ''
      const label = element instanceof HTMLInputElement ? element.labels?.[0]?.textContent : undefined
      return element.getAttribute('aria-label') ?? label ?? element.textContent ?? ''
    })
    if (name.test(called.trim())) return
  }
  throw new Error(`Tab leads to nothing that is called ${String(name)}`)
}

/** After whatever was done, the next key has somewhere to go. */
async function expectFocus(page: Page): Promise<void> {
  await expect.poll(() => page.evaluate(() => document.activeElement !== document.body)).toBe(true)
}

async function say(page: Page, text: string): Promise<void> {
  await expect(composer(page)).toBeFocused()
  await page.keyboard.type(text)
  await page.keyboard.press('Enter')
  await expectFocus(page)
}

/** Goes to what waits for an answer, as soon as it may be answered; a form may not before it is filled in. */
async function toRequest(page: Page, button?: string): Promise<void> {
  await expect(requestCard(page)).toBeVisible({ timeout: 30_000 })
  await page.keyboard.press('F8')
  await expect(requestCard(page)).toBeFocused()
  if (button !== undefined) await expect(requestCard(page).getByRole('button', { name: button })).toBeEnabled()
}

base('everything is done with the keyboard alone', async ({ page }) => {
  base.setTimeout(TIMEOUT_MS)
  const house = await openHouse()
  const complaints = watchConsole(page, undefined)
  await page.goto(`${house.url}/login`)
  await tabTo(page, /^Token$/)
  await page.keyboard.type(house.ownerToken)
  await page.keyboard.press('Enter')
  await say(page, 'change the greeting')

  await base.step('allow, and look at what was done', async () => {
    await toRequest(page, 'Allow once')
    await page.keyboard.press('a')
    await expect(answers(page).last()).toContainText('Done', { timeout: 30_000 })
    await expectFocus(page)
    await page.locator('#conversation').focus()
    await tabTo(page, /greeting\.mjs/)
    const row = page.locator(':focus')
    const before = await row.getAttribute('aria-expanded')
    await page.keyboard.press('Enter')
    await expect(row).toHaveAttribute('aria-expanded', before === 'true' ? 'false' : 'true')
    await page.keyboard.press('/')
    await page.keyboard.press('Backspace')
  })

  await base.step('deny with a reason', async () => {
    await say(page, 'run the tests')
    await toRequest(page, 'Allow once')
    await page.keyboard.press('d')
    await page.keyboard.type('only look at them')
    await page.keyboard.press('Enter')
    await expect(answers(page).last()).toContainText('only look at them', { timeout: 30_000 })
    await expectFocus(page)
    await page.locator('#conversation').focus()
    await page.keyboard.press('/')
    await page.keyboard.press('Backspace')
  })

  await base.step('answer questions', async () => {
    await say(page, 'ask me a question')
    await toRequest(page)
    await tabTo(page, /Friendly/)
    await page.keyboard.press('Space')
    await tabTo(page, /English/)
    await page.keyboard.press('Space')
    // Fingers this quick are there before it may be pressed, and Tab passes it by.
    await expect(requestCard(page).getByRole('button', { name: 'Submit' })).toBeEnabled()
    await tabTo(page, /^Submit/)
    await page.keyboard.press('Enter')
    await expect(answers(page).last()).toContainText('Thank you', { timeout: 30_000 })
    await expectFocus(page)
    await page.locator('#conversation').focus()
    await page.keyboard.press('/')
    await page.keyboard.press('Backspace')
  })

  await base.step('change what waits in line, and stop', async () => {
    await say(page, 'lines 2000 100 ms')
    await expect(answers(page).last()).toContainText('L000002', { timeout: 30_000 })
    await say(page, 'echo waits')
    await expect(page.getByTestId('queue-row')).toContainText('echo waits')
    await tabTo(page, /^More for: echo waits/, 'Shift+Tab')
    await page.keyboard.press('Enter')
    await page.keyboard.type('Edit')
    await page.keyboard.press('Enter')
    await expect(page.getByTestId('queue-row').getByRole('textbox')).toBeFocused()
    await page.keyboard.press('Control+a')
    await page.keyboard.type('echo changed')
    await page.keyboard.press('Enter')
    await expect(page.getByTestId('queue-row')).toContainText('echo changed')
    await page.locator('#conversation').focus()
    await page.keyboard.press('Escape')
    await page.keyboard.press('Escape')
    await expect(answers(page).last()).toHaveText(/changed\s*$/, { timeout: 30_000 })
    await expectFocus(page)
  })

  await base.step('change the mode', async () => {
    await tabTo(page, /^Permission mode/)
    await page.keyboard.press('Enter')
    await expect(page.getByRole('menu')).toBeVisible()
    await page.keyboard.type('Plan')
    await page.keyboard.press('Enter')
    await expect(page.getByRole('button', { name: 'Permission mode: Plan', exact: true })).toBeVisible({
      timeout: 20_000,
    })
    await expectFocus(page)
  })

  await base.step('change the model', async () => {
    await tabTo(page, /^Model: /, 'Shift+Tab')
    await page.keyboard.press('Enter')
    await expect(page.getByRole('menuitemradio', { name: /^Haiku/ })).toBeVisible({ timeout: 20_000 })
    await page.keyboard.type('Haiku')
    await page.keyboard.press('Enter')
    await expect(page.getByRole('button', { name: /^Model: Haiku(?! ·|…)/ })).toBeVisible({ timeout: 20_000 })
    await expectFocus(page)
  })

  await base.step('begin another session, and go back to the first', async () => {
    const { pathname: first } = new URL(page.url()) // it began with the project in its address
    await page.keyboard.press('Control+Shift+O')
    await expect(page).not.toHaveURL((url) => url.pathname === first)
    await say(page, 'echo in a new session')
    await expect(answers(page).last()).toContainText('in a new session', { timeout: 30_000 })
    await page.locator('#conversation').focus()
    await page.keyboard.press('Alt+ArrowDown')
    await expect(page).toHaveURL((url) => url.pathname === first)
    await expectFocus(page)
  })

  expect(complaints).toEqual([])
  await house.close()
})
