import { randomUUID } from 'node:crypto'
import type { Page } from '@playwright/test'
import { expectAccessible, expectFits, expectLargeTargets } from './seen.ts'
import { expect, open, test } from './stage/fixtures.ts'
import { hardest, questionRequest } from './stage/scenes.ts'
import { endlessCommand } from './stage/troubles.ts'

const WIDTHS = [320, 360, 390, 768, 834, 1200] as const
/** How far apart two fingers' targets stand that decide different things, in CSS pixels. */
const APART_PX = 12

test('the last word of an endless command can be read, with the buttons in reach', async ({ page, stage }) => {
  await open(page, stage, endlessCommand(Date.now()))
  const card = page.getByTestId('request-card')
  const end = card.getByText('rm -rf /home/dev/last')
  await expect(end).toBeVisible()
  const bottom = await end.evaluate((element) => {
    for (let part: Element | null = element; part !== null; part = part.parentElement)
      part.scrollTop = part.scrollHeight
    const range = document.createRange()
    range.selectNodeContents(element)
    return [...range.getClientRects()].at(-1)?.bottom ?? Number.NaN
  })
  expect(bottom).toBeLessThanOrEqual(page.viewportSize()?.height ?? 0)
  for (const name of ['Allow once', 'Deny…'])
    await expect(card.getByRole('button', { name })).toBeInViewport({ ratio: 1 })
})

test('at every width nothing scrolls sideways, and a finger hits what it means', async ({ page, stage, isMobile }) => {
  for (const scene of [hardest, questionRequest]) {
    await open(page, stage, scene(Date.now()))
    await expect(page.getByTestId('request-card')).toBeVisible()
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 844 })
      await expectFits(page, `${width}`)
      if (isMobile) await expectLargeTargets(page, `${width}`)
    }
    await expectAccessible(page)
  }
})

test('what allows and what denies stand apart', async ({ page, stage }) => {
  await open(page, stage, hardest(Date.now()))
  const card = page.getByTestId('request-card')
  const boxOf = (name: string) =>
    card.getByRole('button', { name }).evaluate((one) => one.getBoundingClientRect().toJSON())
  const [a, b]: DOMRect[] = await Promise.all([boxOf('Allow once'), boxOf('Deny…')])
  if (a === undefined || b === undefined) throw new Error('no buttons')
  const apart = Math.max(a.left - b.right, b.left - a.right, a.top - b.bottom, b.top - a.bottom)
  expect(apart).toBeGreaterThanOrEqual(APART_PX)
})

test('axe finds nothing at any address, in both schemes', async ({ page, stage, browser, isMobile }) => {
  await stage.play(hardest(Date.now()))
  const stranger = await (
    await browser.newContext({ viewport: page.viewportSize(), hasTouch: isMobile, isMobile })
  ).newPage()
  const places: [name: string, at: Page, path: string, seen: string | RegExp][] = [
    ['login', stranger, '/login', 'Sign in'],
    ['a new session', page, `/s/${randomUUID()}?project=${stage.projectId}`, /What should Claude do/],
    ['a session that is not here', page, `/s/${randomUUID()}`, 'This session is not here'],
    ['status', page, '/status', /heard from \d/],
  ]
  for (const [name, at, path, seen] of places) {
    await at.goto(stage.url + path)
    await expect(at.getByText(seen).filter({ visible: true }).first()).toBeVisible()
    for (const colorScheme of ['light', 'dark'] as const) {
      await at.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await expectAccessible(at, `${name}, ${colorScheme}`)
    }
    await expectFits(at, name)
    if (isMobile) await expectLargeTargets(at, name)
  }
  await stranger.context().close()
})

test('with the keyboard of a phone open, what allows and denies is in reach', async ({ page, stage }) => {
  await page.setViewportSize({ width: 390, height: 420 })
  await open(page, stage, hardest(Date.now()))
  for (const name of ['Allow once', 'Deny…']) {
    const button = page.getByTestId('request-card').getByRole('button', { name })
    await button.scrollIntoViewIfNeeded()
    await expect(button).toBeInViewport({ ratio: 1 })
  }
})

test('with more room between letters, words and lines nothing is cut off, and what decides is in reach', async ({
  page,
  stage,
}) => {
  for (const scene of [hardest, questionRequest]) {
    await open(page, stage, scene(Date.now()))
    await page.addStyleTag({
      content:
        '* { letter-spacing: 0.12em !important; word-spacing: 0.16em !important; line-height: 1.5 !important } p { margin-bottom: 2em !important }',
    })
    await expectFits(page)
    const buttons = page.getByTestId('request-card').getByRole('button')
    const cut = () =>
      buttons.evaluateAll((all) =>
        all
          .filter((one) => one.checkVisibility() && one.scrollWidth > one.clientWidth + 1)
          .map((one) => one.textContent),
      )
    await expect.poll(cut).toEqual([])
    const last = buttons.filter({ visible: true }).last()
    await last.scrollIntoViewIfNeeded()
    await expect(last).toBeInViewport()
  }
})

test('with the colours of a reader the open session is still told from the others', async ({
  page,
  stage,
  isMobile,
}) => {
  await page.emulateMedia({ forcedColors: 'active' })
  await open(page, stage, hardest(Date.now()))
  if (isMobile) await page.getByRole('button', { name: 'Open session list' }).click()
  const here = page.getByTestId('session-row').locator('[aria-current=page]')
  await expect(here).toBeVisible()
  expect(await here.evaluate((link) => getComputedStyle(link).outlineStyle)).toBe('solid')
})
