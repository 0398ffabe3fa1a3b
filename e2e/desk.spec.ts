import type { Page } from '@playwright/test'
import { watchConsole } from './fixtures.ts'
import { editRequest, finished, hardest, long, planRequest, tools } from './stage/scenes.ts'
import { writeRun } from './stage/scene.ts'
import { expect, open, test } from './stage/fixtures.ts'

const LONG_ENTRIES = 1_500
const MOST_ROWS = 400
const MOST_NODES = 8_000
const DRIFT_PX = 2

test('[SUB5] a long session stays small in the page, to its beginning and back', async ({ page, stage }) => {
  await open(page, stage, long(LONG_ENTRIES, Date.now()))
  await page.mouse.move(700, 300)
  const first = page.getByText('Message 1: what about part 1?')
  await expect(async () => {
    for (let turn = 0; turn < 10; turn += 1) await page.mouse.wheel(0, -4_000)
    const { rows, nodes } = await size(page)
    expect(rows).toBeLessThanOrEqual(MOST_ROWS)
    expect(nodes).toBeLessThan(MOST_NODES)
    await expect(first).toBeVisible({ timeout: 100 })
  }).toPass({ timeout: 60_000 })
  await page.getByRole('button', { name: /jump to latest/i }).click()
  await expect(page.getByText(/^Paragraph .*\.5/).last()).toBeInViewport()
  expect((await size(page)).rows).toBeLessThanOrEqual(MOST_ROWS)
})

test('a reader who left the end is moved by nothing that comes', async ({ page, stage }) => {
  const now = Date.now()
  const run = writeRun('Go on talking', now).start()
  const scene = { title: 'Talk', commands: [run.command], lines: run.lines }
  for (let index = 0; index < 40; index += 1) run.say(`Paragraph ${index}. ${'It goes on and on. '.repeat(8)}`)
  const played = await open(page, stage, scene)
  await page.mouse.move(600, 300)
  await page.mouse.wheel(0, -1_500)
  await expect(page.getByRole('button', { name: /jump to latest/i })).toBeVisible()
  const before = await firstRow(page)
  const more = writeRun('', now)
  for (let index = 0; index < 30; index += 1) more.say(`More ${index}. ${'It goes on and on. '.repeat(8)}`)
  await played.write(more.lines.map((line) => ({ ...line, commandId: run.command.id, key: `more:${line.key}` })))
  await expect(page.getByRole('button', { name: /jump to latest, 9\+ new/i })).toBeVisible()
  const after = await firstRow(page)
  expect(after.row).toBe(before.row)
  expect(Math.abs(after.top - before.top)).toBeLessThanOrEqual(DRIFT_PX)
  await page.getByRole('button', { name: /jump to latest/i }).click()
  await expect(page.getByText('More 29.')).toBeInViewport()
})

test('[REQ2] an answer given elsewhere shows in place, with who, and without an error', async ({
  page,
  stage,
  browser,
}) => {
  const { sessionId } = await open(page, stage, editRequest(Date.now()))
  const context = await browser.newContext()
  const other = await context.newPage()
  const complaints = watchConsole(other, undefined)
  await other.goto(await stage.loginLink())
  await other.waitForURL((url) => !url.pathname.startsWith('/login'))
  await other.goto(`${stage.url}/s/${sessionId}`)
  await other.getByRole('button', { name: 'Deny…' }).click()
  await expect(page.getByText(/is answering…/)).toBeVisible()
  await page.getByRole('button', { name: 'Allow once' }).click()
  for (const one of [page, other]) await expect(one.getByTestId('request-outcome')).toContainText('Allowed once by ')
  expect(stage.inputs.filter(({ kind }) => kind === 'decision')).toHaveLength(1)
  expect(complaints).toEqual([])
  await context.close()
})

test('a command may be changed before it is allowed, and a rule may be saved', async ({ page, stage }) => {
  await open(page, stage, hardest(Date.now()))
  await page.getByRole('button', { name: 'More', exact: true }).click()
  await page.getByRole('menuitem', { name: 'Edit the command…' }).click()
  await page.getByLabel('Command to run instead').fill('pnpm prisma migrate status')
  await page.getByRole('button', { name: 'Allow this command' }).click()
  await expect
    .poll(() => decisions(stage.inputs))
    .toMatchObject([{ behavior: 'allow', scope: 'once', updatedInput: { command: 'pnpm prisma migrate status' } }])
  await expect(page.getByTestId('request-card').getByText('Claude wants to fetch a web page')).toBeVisible()
})

test('a plan is approved with or without asking for each edit', async ({ page, stage }) => {
  await open(page, stage, planRequest(Date.now()))
  await expect(page.getByText('Replace package-lock.json by pnpm-lock.yaml.')).toBeVisible()
  await page.getByRole('button', { name: 'Approve and accept edits' }).click()
  await expect.poll(() => decisions(stage.inputs)).toMatchObject([{ behavior: 'allow', scope: 'session' }])
})

test('the palette finds sessions, actions and what was said', async ({ page, stage }) => {
  await stage.play(finished(Date.now()))
  await open(page, stage, tools(Date.now()))
  await openPalette(page)
  await page.keyboard.type('below zero')
  await expect(page.getByRole('option', { name: /goes below zero/ })).toBeVisible()
  await page.keyboard.press('Enter')
  await expect(page.getByText('It never goes below zero.')).toBeInViewport()
  await openPalette(page)
  await page.keyboard.type('flaky')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: 'Fix flaky checkout test', level: 1 })).toBeVisible()
})

test('the run panel tells what goes on, and leads to where it was said', async ({ page, stage }) => {
  await open(page, stage, tools(Date.now()))
  const panel = page.getByRole('complementary', { name: 'Run details' })
  await expect(panel).toContainText('Finished')
  await expect(panel).toContainText('$0.41')
  await panel.getByRole('searchbox').fill('Searched the web')
  await panel.getByRole('button', { name: /Searched the web: coupon/ }).click()
  await expect(page.getByRole('button', { name: /Searched the web coupon/ }).first()).toBeInViewport()
  await page.keyboard.press('Control+.')
  await expect(panel).toBeHidden()
})

test('the keyboard alone allows, denies with a reason, and finds its way about', async ({ page, stage }) => {
  await open(page, stage, hardest(Date.now()))
  const card = page.getByTestId('request-card')
  await page.keyboard.press('F8')
  await expect(card).toBeFocused()
  await expect(card.getByRole('button', { name: 'Allow once' })).toBeEnabled()
  await page.keyboard.press('d')
  await page.keyboard.type('use the staging database')
  await page.keyboard.press('Enter')
  await expect
    .poll(() => decisions(stage.inputs))
    .toMatchObject([{ behavior: 'deny', message: 'use the staging database' }])
  await expect.poll(() => page.evaluate(() => document.activeElement === document.body)).toBe(false)
  await expect(card.getByText('Claude wants to fetch a web page')).toBeVisible()
  await page.keyboard.press('F8')
  await expect(card.getByRole('button', { name: 'Allow once' })).toBeEnabled()
  await page.keyboard.press('a')
  await expect.poll(() => decisions(stage.inputs).length).toBe(2)
  await page.locator('#conversation').focus()
  await page.keyboard.press('?')
  await expect(page.getByRole('dialog', { name: 'Keys' })).toBeVisible()
  await page.keyboard.press('Escape')
  await page.locator('#conversation').focus()
  await page.keyboard.press('/')
  await expect(page.locator('#composer')).toBeFocused()
})

test('a theme that is chosen stays', async ({ page, stage }) => {
  await page.emulateMedia({ colorScheme: 'light' })
  await open(page, stage, finished(Date.now()))
  await openPalette(page)
  await page.keyboard.type('>theme: dark')
  await page.keyboard.press('Enter')
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
  await expect.poll(background).toBe('rgb(19, 19, 22)')
  await page.reload()
  await expect.poll(background).toBe('rgb(19, 19, 22)')
})

async function openPalette(page: Page): Promise<void> {
  await page.keyboard.press('Control+k')
  await expect(page.getByRole('combobox')).toBeFocused()
}

function decisions(inputs: readonly { kind: string; command: string }[]): Record<string, unknown>[] {
  return inputs
    .filter(({ kind }) => kind === 'decision')
    .map(({ command }) => JSON.parse(command) as Record<string, unknown>)
}

async function size(page: Page): Promise<{ rows: number; nodes: number }> {
  return page.evaluate(() => ({
    rows: document.querySelectorAll('[data-row]').length,
    nodes: document.querySelectorAll('*').length,
  }))
}

/** The first line in view and where it stands. */
async function firstRow(page: Page): Promise<{ row: string; top: number }> {
  return page.evaluate(() => {
    const edge = document.querySelector('#conversation')?.getBoundingClientRect().top ?? 0
    const row = [...document.querySelectorAll<HTMLElement>('[data-row]')].find(
      (one) => one.getBoundingClientRect().bottom > edge,
    )
    return { row: row?.dataset['row'] ?? '', top: row?.getBoundingClientRect().top ?? 0 }
  })
}
