import { AxeBuilder } from '@axe-core/webdriverjs'
import type { WebDriver } from 'selenium-webdriver'
import { AXE_TAGS } from '../seen.ts'
import { distanceToEndInPage, driftInPage, farthestFromEndInPage, firstRowInPage } from '../stage/places.ts'
import { long } from '../stage/scenes.ts'
import { stream, talk } from '../stage/stream.ts'
import { ANSWER, button, COMPOSER, expect, Key, REQUEST, test, type SafariPage } from './page.ts'

const ENTRIES = 3_000
const DRIFT_PX = 2
const PHONE = { width: 390, height: 844 }

test('a prompt streams, asks before it writes, and is the same in a second window, to the character', async ({
  house,
  safari,
}, info) => {
  await safari.go(house.loginLink())
  await safari.send('lines 60 20 ms')
  await safari.find(ANSWER)
  await safari.picture(info.outputPath('desktop.png'))
  const first = await safari.driver.getWindowHandle()
  await openWindow(safari.driver, await sessionUrl(safari))
  await expect.poll(() => numbered(safari)).toEqual(inOrder(60))
  await safari.send('write notes.txt')
  await safari.click(button('Allow once'))
  await expect.poll(() => house.readProjectFile('notes.txt').catch(() => undefined)).toBeTruthy()
  await expect.poll(() => safari.count(REQUEST)).toBe(0)
  await expectAccessible(safari.driver)
  const here = await safari.texts(ANSWER)
  await safari.driver.switchTo().window(first)
  await expect.poll(() => safari.count(REQUEST)).toBe(0)
  await expect.poll(() => safari.texts(ANSWER)).toEqual(here)
})

test('a reload in a stream and a relay that is killed leave nothing out and show nothing twice', async ({
  house,
  safari,
}) => {
  await safari.go(house.loginLink())
  await safari.send('lines 120 60 ms')
  await expect.poll(async () => (await numbered(safari)).length).toBeGreaterThan(5)
  await safari.driver.navigate().refresh()
  await expect.poll(async () => (await numbered(safari)).length).toBeGreaterThan(10)
  await house.server.kill()
  await expect
    .poll(() => safari.texts('[data-testid="connection-pill"]'))
    .toEqual([expect.stringMatching(/reconnect|again|offline/i)])
  await house.server.start()
  await expect.poll(() => numbered(safari), { timeout: 40_000 }).toEqual(inOrder(120))
})

test('what is written survives a reload, and the Enter of an input method sends nothing', async ({ house, safari }) => {
  await safari.go(house.loginLink())
  await (await safari.find(COMPOSER)).sendKeys('half a thought')
  await safari.driver.navigate().refresh()
  await expect.poll(() => draft(safari)).toBe('half a thought')
  await safari.evaluate(pressComposingEnter)
  await expect.poll(() => draft(safari)).toBe('half a thought')
  expect(await safari.count('[data-testid="message-user"]')).toBe(0)
  await (await safari.find(COMPOSER)).sendKeys(Key.ENTER)
  await expect.poll(() => safari.count('[data-testid="message-user"]')).toBe(1)
  await expect.poll(() => draft(safari)).toBe('')
})

test('older parts come above without moving a line', async ({ stage, safari }) => {
  await safari.go(await stage.loginLink())
  await safari.find(COMPOSER)
  const played = await stage.play(long(ENTRIES, Date.now()))
  await safari.go(`${stage.url}/s/${played.sessionId}`)
  await safari.find('[data-row]')
  await expect.poll(() => safari.evaluate(distanceToEndInPage)).toBeLessThanOrEqual(1)
  for (let time = 0; time < 5; time += 1) {
    const oldest = await safari.evaluate(oldestRowInPage)
    await safari.evaluate(scrollNearTopInPage)
    const before = await safari.evaluate(firstRowInPage)
    await expect.poll(() => safari.evaluate(oldestRowInPage)).not.toBe(oldest)
    await expect.poll(() => safari.evaluate(driftInPage, before)).toBeLessThanOrEqual(DRIFT_PX)
    expect(await safari.evaluate(driftInPage, before)).toBeGreaterThanOrEqual(0)
  }
})

test('who follows is at the end after every piece, and who reads above is moved by nothing; on a phone too', async ({
  stage,
  safari,
}, info) => {
  await safari.driver.manage().window().setRect(PHONE)
  await safari.go(await stage.loginLink())
  await safari.find(COMPOSER)
  const { scene, run } = talk(Date.now())
  const played = await stage.play(scene)
  await safari.go(`${stage.url}/s/${played.sessionId}`)
  await safari.find('[data-row]')
  await expect.poll(() => safari.evaluate(distanceToEndInPage)).toBeLessThanOrEqual(1)
  const say = (seconds: number, key: string) => stream(played, run, { bytesPerSecond: 2_000, seconds, key })
  const [farthest] = await Promise.all([safari.evaluate(farthestFromEndInPage, 4_000), say(4, 'first')])
  expect(farthest).toBeLessThanOrEqual(1)
  await safari.picture(info.outputPath('phone.png'))
  await safari.evaluate(scrollUpInPage, 1_400)
  await safari.find(button('Jump to latest'))
  const before = await safari.evaluate(firstRowInPage)
  await say(8, 'second')
  const drift = await safari.evaluate(driftInPage, before)
  expect(drift).toBeGreaterThanOrEqual(0)
  expect(drift).toBeLessThanOrEqual(DRIFT_PX)
})

// --- In the page ----------------------------------------------------------------------------------------------------

/** WebKit fires the Enter that ends a composition after its end; only the old key code tells it. */
function pressComposingEnter(): void {
  const enter = { key: 'Enter', keyCode: 229, bubbles: true, cancelable: true }
  document.querySelector('[data-testid="composer"]')?.dispatchEvent(new KeyboardEvent('keydown', enter))
}

function oldestRowInPage(): string {
  return document.querySelector<HTMLElement>('[data-row]:not([data-mark])')?.dataset['row'] ?? ''
}

function scrollNearTopInPage(): void {
  const scroller = document.querySelector('#conversation')
  if (scroller !== null) scroller.scrollTop = Math.min(600, scroller.scrollTop)
}

/** As a wheel does: the page knows a person's scrolling from its own by what came before it. */
function scrollUpInPage(px: number): void {
  const scroller = document.querySelector('#conversation')
  scroller?.dispatchEvent(new WheelEvent('wheel', { deltaY: -px, bubbles: true, cancelable: true }))
  scroller?.scrollBy(0, -px)
}

// --- Of the page ----------------------------------------------------------------------------------------------------

const draft = async (safari: SafariPage): Promise<string | null> => (await safari.find(COMPOSER)).getAttribute('value')

/** The lines `L000001 …` that the scripted model numbers, by their numbers. */
async function numbered(safari: SafariPage): Promise<number[]> {
  const text = (await safari.texts(ANSWER)).join('\n')
  return (text.match(/L\d{6} [0-9a-f]{8}/g) ?? []).map((line) => Number(line.slice(1, 7)))
}

function inOrder(length: number): number[] {
  return Array.from({ length }, (_, index) => index + 1)
}

async function sessionUrl(safari: SafariPage): Promise<string> {
  await safari.find('[data-testid="message-user"]')
  const { origin, pathname } = new URL(await safari.driver.getCurrentUrl())
  return origin + pathname
}

/** The driver never shows a second tab, and in a hidden page nothing can be decided. */
async function openWindow(driver: WebDriver, url: string): Promise<void> {
  await driver.switchTo().newWindow('window')
  await driver.get(url)
}

async function expectAccessible(driver: WebDriver): Promise<void> {
  const violations = async () => {
    // Else it opens a window of its own, which this driver does not give.
    const result = await new AxeBuilder(driver).setLegacyMode(true).withTags(AXE_TAGS).analyze()
    return result.violations.map(({ id, nodes }) => ({ id, nodes: nodes.map((node) => node.html.slice(0, 200)) }))
  }
  await expect.poll(violations, { timeout: 45_000 }).toEqual([])
}
