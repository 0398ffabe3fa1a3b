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
    const marked = await collectMarked(page)
    await page.goto('about:blank')
    await page.goto(`${stage.url}/s/${sessionId}#${first.seq}/${first.commandId}`)
    const row = page.locator(`[data-row="${first.commandId}"]`)
    await expect(row).toBeInViewport()
    await expect.poll(marked).toEqual([first.commandId])
    await expect(row).not.toHaveClass(/marked/)
    await expect(row).toBeInViewport()
    await expect(page).toHaveURL(`${stage.url}/s/${sessionId}`)
  })

  await test.step('what that address asks for in advance is used', async () => {
    const hrefs = (rel: string) =>
      page.evaluate(
        (kind) => [...document.querySelectorAll<HTMLLinkElement>(`link[rel=${kind}]`)].map(({ href }) => href),
        rel,
      )
    const early = await hrefs('preload')
    expect(early).not.toEqual([])
    expect(await hrefs('stylesheet')).toEqual(expect.arrayContaining(early))
  })

  await test.step('one that is not there says so, and the reader is at the end', async () => {
    await page.goto('about:blank')
    await page.goto(`${stage.url}/s/${sessionId}#${ENTRIES}/nobody`)
    await expect(page.locator('.notice', { hasText: 'The linked message is not in this conversation.' })).toBeVisible()
    await expect(page).toHaveURL(`${stage.url}/s/${sessionId}`)
    await expect(newest).toBeVisible()
  })
})

/** The lines that have been marked in what is opened from here on. None stays so for long. */
async function collectMarked(page: Page): Promise<() => Promise<string[]>> {
  await page.addInitScript(() => {
    const marked = new Set<string>()
    new MutationObserver(() => {
      for (const row of document.querySelectorAll<HTMLElement>('.marked')) marked.add(row.dataset['row'] ?? '')
    }).observe(document, { subtree: true, childList: true, attributeFilter: ['class'] })
    Object.assign(window, { marked })
  })
  return () => page.evaluate(() => [...(Reflect.get(window, 'marked') as Set<string>)])
}

/** What the relay has at the beginning of a session's log. */
async function firstMessage(page: Page, url: string, sessionId: string) {
  const answer = await page.request.get(`${url}/api/sessions/${sessionId}/entries?after=0&limit=1`)
  const { entries } = (await answer.json()) as { entries: { seq: number; commandId: string }[] }
  const [first] = entries
  if (first === undefined) throw new Error('the log is empty')
  return first
}
