import { expect, test as base, type Locator, type Page } from '@playwright/test'
import { openHouse, type House } from './house.ts'

/** Console lines that a test causes on purpose, e.g. by taking the relay away. */
type Options = { expectedConsole: RegExp | undefined }

/** Each test gets a house of its own and a page that is signed in; an unexpected console error fails it. */
export const test = base.extend<Options & { house: House; page: Page }>({
  expectedConsole: [undefined, { option: true }],
  // eslint needs the destructuring: Playwright reads the names of the fixtures from it.
  house: async ({}, use) => {
    const house = await openHouse()
    await use(house)
    await house.close()
  },
  page: async ({ page, house, expectedConsole }, use) => {
    const complaints = watchConsole(page, expectedConsole)
    await page.addInitScript(tellRefusals)
    await page.goto(house.loginLink())
    await expect(composer(page)).toBeVisible()
    await use(page)
    expect(complaints).toEqual([])
  },
})

export { expect }

/**
 * The address of a page, and what Chrome says there of a file of our own that is asked for in advance where more than 3 s
 * pass until it is used: that measures the machine. `link.spec.ts` sees to it that such a file is used at all.
 */
const NOT_USED_SOON =
  /^(https?:\/\/[^/]+)\/\S* The resource \1\/assets\/\S+\.css was preloaded using link preload but not used within a few seconds/

export function watchConsole(page: Page, expected: RegExp | undefined): string[] {
  const complaints: string[] = []
  const note = (text: string): void => {
    if (expected?.test(text) !== true) complaints.push(text)
  }
  page.on('pageerror', (error) => note(String(error)))
  page.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return
    if (!NOT_USED_SOON.test(`${message.location().url} ${message.text()}`)) note(message.text())
  })
  return complaints
}

/** What the content security policy refused, said in the console even where the page caught it. Runs in the page. */
function tellRefusals(): void {
  document.addEventListener('securitypolicyviolation', (refused) => {
    console.error(`The policy refused ${refused.effectiveDirective}: ${refused.blockedURI}`)
  })
}

export function composer(page: Page): Locator {
  return page.getByTestId('composer')
}

export async function send(page: Page, text: string): Promise<void> {
  await composer(page).fill(text)
  await page.getByTestId('send').click()
}

export function answers(page: Page): Locator {
  return page.getByTestId('message-assistant')
}

export function requestCard(page: Page): Locator {
  return page.getByTestId('request-card')
}

/** The lines `L000001 …` that the scripted model numbers, as the page shows them. */
export async function numberedLines(page: Page): Promise<string[]> {
  const text = await answers(page).allInnerTexts()
  return text.join('\n').match(/L\d{6} [0-9a-f]{8}/g) ?? []
}

/** Every line up to `count`, once and in order. */
export async function expectAllLines(page: Page, count: number): Promise<void> {
  await expect.poll(() => numberedLines(page), { timeout: 30_000 }).toHaveLength(count)
  const numbers = (await numberedLines(page)).map((line) => Number(line.slice(1, 7)))
  expect(numbers).toEqual(Array.from({ length: count }, (_, index) => index + 1))
}
