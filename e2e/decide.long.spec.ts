import type { Browser, Page } from '@playwright/test'
import { writeRun } from './stage/scene.ts'
import { expect, open, test } from './stage/fixtures.ts'
import type { Stage } from './stage/stage.ts'

/** Longer than buttons that decide stay inert after they have come. */
const ARMED_MS = 400
const POINTER_EVERY_MS = 20

const card = (page: Page) => page.getByTestId('request-card')
const allow = (page: Page) => card(page).getByRole('button', { name: 'Allow once' })
const decided = ({ inputs }: Stage) => inputs.filter(({ kind }) => kind === 'decision')

/** A run that goes on, and asks for as many commands as are named when it is told to. */
async function openRun(page: Page, stage: Stage, commands: readonly string[]) {
  const run = writeRun('Clean up', Date.now()).start().say('I look at what is there.')
  const before = run.lines.length
  const played = await open(page, stage, { title: 'Clean up', commands: [run.command], lines: [...run.lines] })
  for (const command of commands) run.ask('Bash', { command, description: 'Clean up' })
  return { ask: () => played.write(run.lines.slice(before)) }
}

/** From now on, in how many places the button that allows is painted. */
async function watchButton(page: Page): Promise<() => Promise<number>> {
  await page.evaluate(() => {
    const places = new Set<string>()
    Object.assign(window, { places })
    requestAnimationFrame(function next() {
      const buttons = [...document.querySelectorAll('[data-testid=request-card] button')]
      const box = buttons.find((one) => one.textContent?.trim() === 'Allow once')?.getBoundingClientRect()
      places.add(box === undefined ? 'nowhere' : `${Math.round(box.x)} ${Math.round(box.y)}`)
      requestAnimationFrame(next)
    })
  })
  return () => page.evaluate(() => (Reflect.get(window, 'places') as Set<string>).size)
}

test('a press that was meant for something else does not allow what has just come', async ({ page, stage }) => {
  const run = await openRun(page, stage, ['rm -rf dist'])
  // A hand that happens to press there from the moment it is there until it counts.
  await page.evaluate((everyMs) => {
    Object.assign(window, {
      pressed: new Promise<{ presses: number; forMs: number }>((done) => {
        const find = () =>
          [...document.querySelectorAll<HTMLButtonElement>('[data-testid=request-card] button')].find(
            (one) => one.textContent?.trim() === 'Allow once',
          )
        const coming = new MutationObserver(() => {
          if (find() === undefined) return
          coming.disconnect()
          const [since, timer] = [performance.now(), setInterval(press, everyMs)]
          let presses = 0
          press()
          function press(): void {
            const button = find()
            if (button?.disabled !== true) {
              clearInterval(timer)
              return done({ presses, forMs: performance.now() - since })
            }
            const { x, y, width, height } = button.getBoundingClientRect()
            const hit = document.elementFromPoint(x + width / 2, y + height / 2)
            if (hit instanceof HTMLElement) hit.click()
            presses += 1
          }
        })
        coming.observe(document.body, { childList: true, subtree: true })
      }),
    })
  }, POINTER_EVERY_MS)
  await run.ask()
  const { presses, forMs } = await page.evaluate(
    () => Reflect.get(window, 'pressed') as Promise<{ presses: number; forMs: number }>,
  )
  expect(presses).toBeGreaterThan(0)
  expect(forMs).toBeGreaterThanOrEqual(ARMED_MS - POINTER_EVERY_MS)
  await expect(allow(page)).toBeEnabled()
  expect(decided(stage)).toEqual([])
  await allow(page).click()
  await expect.poll(() => decided(stage).length).toBe(1)
})

test('a pointer that is down while the request changes decides nothing about the next one', async ({ page, stage }) => {
  const run = await openRun(page, stage, ['rm -rf dist', 'rm -rf /home/dev/last'])
  await run.ask()
  await expect(allow(page)).toBeEnabled()
  await expect(card(page)).toContainText('1 of 2')
  const box = await allow(page).boundingBox()
  if (box === null) throw new Error('no button')
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2)
  await page.mouse.down()
  await page.keyboard.press('F8')
  await page.keyboard.press('a') // decided by another hand meanwhile
  await expect.poll(() => decided(stage).length).toBe(1)
  await expect(card(page)).toContainText('/home/dev/last')
  await expect(allow(page)).toBeEnabled()
  await page.mouse.up()
  await page.waitForTimeout(ARMED_MS)
  expect(decided(stage)).toHaveLength(1)
  await expect(card(page)).toContainText('/home/dev/last')
})

test('nothing that comes by itself moves a button that decides', async ({ page, stage, browser }) => {
  const run = writeRun('Clean up', Date.now()).start().say('I look at what is there.')
  run.ask('Bash', { command: 'rm -rf dist', description: 'Clean up' })
  const played = await open(page, stage, { title: 'Clean up', commands: [run.command], lines: [...run.lines] })
  await expect(allow(page)).toBeEnabled()
  const before = run.lines.length
  const other = await secondBrowser(browser, stage, played.sessionId)
  await expect(page.getByText('2 devices on this session')).toBeAttached()
  const places = await watchButton(page)

  await test.step('what the run goes on to say', async () => {
    run.tasks(1, ['Look', 'Clean', 'Tell']).note('api_retry', 'The API answered 529.', { attempt: 1, maxRetries: 10 })
    run.say('Something more is said beside it. '.repeat(20))
    for (const line of run.lines.slice(before)) await played.write([line])
    await expect(page.getByText('Something more is said').first()).toBeVisible()
  })
  await test.step('what others do', async () => {
    await other.locator('#composer').pressSequentially('a few words', { delay: 20 })
    await expect(page.getByText(/is typing…/)).toBeVisible()
    await other.locator('#composer').fill('and then run the tests')
    await other.getByTestId('send').click()
    await expect(page.getByTestId('queue-row')).toHaveCount(1)
    await card(other).getByRole('button', { name: 'Deny…' }).click()
    await expect(card(page)).toContainText('is answering…')
  })
  await test.step('a machine that goes and comes', async () => {
    await stage.setOnline(false)
    await expect(page.getByTestId('session-strip')).toBeVisible()
    await expect(card(page)).toContainText('Your answer is kept until')
    await stage.setOnline(true)
    await expect(page.getByTestId('session-strip')).toBeHidden()
  })
  expect(await places()).toBe(1)
  await other.context().close()
})

async function secondBrowser(browser: Browser, stage: Stage, sessionId: string): Promise<Page> {
  const page = await (await browser.newContext()).newPage()
  await page.goto(await stage.loginLink())
  await page.waitForURL((url) => !url.pathname.startsWith('/login'))
  await page.goto(`${stage.url}/s/${sessionId}`)
  await expect(card(page)).toBeVisible()
  return page
}
