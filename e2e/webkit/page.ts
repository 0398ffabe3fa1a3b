import { expect, test as base } from '@playwright/test'
import { writeFile } from 'node:fs/promises'
import { By, error, Key, type WebDriver, type WebElement } from 'selenium-webdriver'
import { openHouse, type House } from '../house.ts'
import { openStage, type Stage } from '../stage/stage.ts'
import { openWebKit } from './browser.ts'

/** A page in WebKit, with the few words that these tests need. */
export type SafariPage = {
  driver: WebDriver
  go(url: string): Promise<void>
  /** Waits for it. */
  find(what: string | By): Promise<WebElement>
  click(what: string | By): Promise<void>
  count(what: string | By): Promise<number>
  /** The text that is shown, of all that match, in order. */
  texts(selector: string): Promise<string[]>
  /** Runs a function that stands alone, and answers what it answers. */
  evaluate<T, A extends unknown[]>(work: (...args: A) => T | Promise<T>, ...args: A): Promise<T>
  send(text: string): Promise<void>
  picture(path: string): Promise<void>
}

export const COMPOSER = '[data-testid="composer"]'
export const SEND = '[data-testid="send"]'
export const ANSWER = '[data-testid="message-assistant"]'
export const REQUEST = '[data-testid="request-card"]'

/** The driver takes what it has found one by one, and fails where the page draws one of them anew meanwhile. */
const FIND_TRIES = 5

export const test = base.extend<{ house: House; stage: Stage; safari: SafariPage }>({
  // eslint needs the destructuring: Playwright reads the names of the fixtures from it.
  house: async ({}, use) => {
    const house = await openHouse()
    await use(house)
    await house.close()
  },
  stage: async ({}, use) => {
    const stage = await openStage()
    await use(stage)
    await stage.close()
  },
  safari: async ({}, use) => {
    const { driver, close } = await openWebKit()
    await use(pageOf(driver))
    await close()
  },
})

export { expect }

function pageOf(driver: WebDriver): SafariPage {
  const all = (what: string | By, tries = FIND_TRIES): Promise<WebElement[]> =>
    driver.findElements(typeof what === 'string' ? By.css(what) : what).catch((problem: unknown) => {
      if (tries > 1 && problem instanceof error.StaleElementReferenceError) return all(what, tries - 1)
      throw problem
    })
  const count = async (what: string | By): Promise<number> => (await all(what)).length
  const find = async (what: string | By): Promise<WebElement> => {
    let found: WebElement | undefined
    await expect
      .poll(async () => ([found] = await all(what)), { message: `${what.toString()} is in the page` })
      .not.toEqual([])
    if (found === undefined) throw new Error(`${what.toString()} went away`)
    return found
  }
  return {
    driver,
    go: (url) => driver.get(url),
    find,
    count,
    click: async (what) => {
      const target = await find(what)
      await expect.poll(() => isReady(target), { message: `${what.toString()} takes a click` }).toBe(true)
      await target.click()
    },
    texts: async (selector) => Promise.all((await all(selector)).map((one) => one.getText())),
    // WebDriver waits for a promise, so one way serves both.
    evaluate: <T, A extends unknown[]>(work: (...args: A) => T | Promise<T>, ...args: A) =>
      driver.executeScript<T>(`return (${work.toString()})(...arguments)`, ...args),
    send: async (text) => {
      await (await find(COMPOSER)).sendKeys(text)
      await (await find(SEND)).click()
    },
    picture: async (path) => writeFile(path, await driver.takeScreenshot(), 'base64'),
  }
}

/** What has just come up under a pointer takes no click yet. */
async function isReady(target: WebElement): Promise<boolean> {
  return (await target.isEnabled()) && (await target.getAttribute('aria-disabled')) !== 'true'
}

/** A button by what it is called. */
export function button(name: string): By {
  return By.xpath(`//button[contains(normalize-space(.), "${name}") or contains(@aria-label, "${name}")]`)
}

export { Key }
