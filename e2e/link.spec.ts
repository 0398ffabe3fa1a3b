import type { Page } from '@playwright/test'
import { expect, open, test } from './stage/fixtures.ts'
import { long } from './stage/scenes.ts'

const ENTRIES = 1_200

test('the link of a message opens its session there, also where it is older than what is loaded', async ({
  page,
  stage,
  context,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  const { sessionId } = await open(page, stage, long(ENTRIES, Date.now()))
  const newest = page.getByTestId('message-user').last()
  await newest.hover()
  await newest.getByRole('button', { name: /^More for the message/ }).click()
  await page.getByRole('menuitem', { name: 'Copy link' }).click()
  await expect(page.locator('.notice', { hasText: 'Copied.' })).toBeVisible()
  const link = await page.evaluate(() => navigator.clipboard.readText())
  expect(link).toMatch(new RegExp(`^${stage.url}/s/${sessionId}#\\d+/[0-9a-f-]{36}$`))

  await test.step('a link to the first message of the log is read back to', async () => {
    const first = await firstMessage(page, stage.url, sessionId)
    await page.goto('about:blank')
    await page.goto(`${stage.url}/s/${sessionId}#${first.seq}/${first.commandId}`)
    const row = page.locator(`[data-row="${first.commandId}"]`)
    await expect(row).toBeInViewport()
    await expect(row).toHaveClass(/marked/)
    await expect(row).not.toHaveClass(/marked/)
    await expect(row).toBeInViewport()
    await expect(page).toHaveURL(`${stage.url}/s/${sessionId}`)
  })

  await test.step('one that is not there says so, and the reader is at the end', async () => {
    await page.goto('about:blank')
    await page.goto(`${stage.url}/s/${sessionId}#${ENTRIES}/nobody`)
    await expect(page.getByText('The linked message is not in this conversation.')).toBeVisible()
    await expect(page).toHaveURL(`${stage.url}/s/${sessionId}`)
    await expect(newest).toBeVisible()
  })
})

/** What the relay has at the beginning of a session's log. */
async function firstMessage(page: Page, url: string, sessionId: string) {
  const answer = await page.request.get(`${url}/api/sessions/${sessionId}/entries?after=0&limit=1`)
  const { entries } = (await answer.json()) as { entries: { seq: number; commandId: string }[] }
  const [first] = entries
  if (first === undefined) throw new Error('the log is empty')
  return first
}
