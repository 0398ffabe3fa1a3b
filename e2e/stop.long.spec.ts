import { readdir, readFile, readlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { answers, expect, requestCard, send, test } from './fixtures.ts'
import type { House } from './house.ts'

/** A run that does not stop, and a machine that dies in one: what is said is what is known. */

test.setTimeout(180_000)

const BADGE = /^(Running|Thinking|Writing|Starting)/
/** By the heartbeat of both ends, half-open or not. */
const GONE_WITHIN_MS = 35_000
const FORCE_AFTER_MS = 5_000
const FORCE_WITHIN_MS = 8_000
const SLOW_TEST =
  "import { test } from 'node:test'\ntest('slow', () => new Promise((done) => setTimeout(done, 300_000)))\n"

const panel = (page: Page) => page.getByRole('complementary', { name: 'Run details' })
const badge = (page: Page) => panel(page).locator('.badge')

/** The Claude Code that works in the project. */
async function claudeOf({ project }: House): Promise<number> {
  for (const name of await readdir('/proc')) {
    const pid = Number(name)
    if (!Number.isInteger(pid)) continue
    const [cwd, line] = await Promise.all([
      readlink(join('/proc', name, 'cwd')).catch(() => ''),
      readFile(join('/proc', name, 'cmdline'), 'utf8').catch(() => ''),
    ])
    if (cwd === project && line.includes('stream-json')) return pid
  }
  throw new Error('Claude Code is not at work')
}

test('[CMD5] a Claude Code that ignores the interrupt is said to be stopping, and ended by force', async ({
  page,
  house,
}) => {
  await send(page, 'lines 2000 200 ms')
  await expect(answers(page).first()).toContainText('L000002')
  await expect(badge(page)).toHaveText(BADGE)
  process.kill(await claudeOf(house), 'SIGSTOP') // it hears nothing any more
  const stopped = Date.now()
  await page.getByTestId('stop').click()
  const force = page.getByRole('button', { name: 'Force stop' })
  await expect(force).toBeVisible({ timeout: FORCE_WITHIN_MS })
  expect(Date.now() - stopped).toBeGreaterThanOrEqual(FORCE_AFTER_MS - 500)
  await expect(page.getByText('Force stop may leave edits half done.', { exact: true })).toBeVisible()
  await expect(badge(page)).toHaveText('Stopping') // nobody has said that it is over
  await force.click()
  await expect(badge(page)).toHaveText('Stopped', { timeout: 20_000 })
  await expect(page.getByText(/^Stopped/).first()).toBeVisible()
  await expect(force).toBeHidden()
  await send(page, 'echo goes on')
  await expect(answers(page).last()).toContainText('goes on', { timeout: 30_000 })
})

test('[CMD4] a machine that dies while a tool works: the row says that nobody knows, and the badge does not say Running', async ({
  page,
  house,
}) => {
  await writeFile(join(house.project, 'slow.test.mjs'), SLOW_TEST)
  await send(page, 'run the tests')
  await expect(requestCard(page)).toBeVisible({ timeout: 40_000 })
  await requestCard(page).getByRole('button', { name: 'Allow once' }).click()
  await expect(badge(page)).toHaveText('Running Bash')
  await expect(page.getByTestId('tool-row').last()).toContainText(/Running/)
  await house.agent.kill()
  await expect(badge(page)).toHaveText('Machine away', { timeout: GONE_WITHIN_MS })
  await expect(page.getByTestId('tool-row').last()).toContainText('Unknown — machine disconnected')
  await expect(page.getByText('No sign of life from workstation. The run may still be going.')).toBeVisible()

  await house.agent.start()
  await expect(page.getByTestId('tool-row').last()).toContainText('Stopped', { timeout: 30_000 })
  await expect(badge(page)).toHaveText('Failed')
  await expect(page.getByRole('button', { name: 'Go on' })).toBeVisible()
})
