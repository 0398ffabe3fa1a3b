import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { answers, expect, expectAllLines, numberedLines, send, test } from './fixtures.ts'
import type { House } from './house.ts'

/** What Chromium prints when the relay is taken away under the page. */
const RELAY_GONE = /ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|WebSocket connection/

test.use({ expectedConsole: RELAY_GONE })

test('[LOG8] the server is killed in the middle of a stream: nothing is missing, nothing twice', async ({
  page,
  house,
}) => {
  await send(page, 'lines 120 40 ms')
  await expect.poll(() => numberedLines(page).then((lines) => lines.length)).toBeGreaterThan(5)
  await house.server.kill()
  await expect(page.getByTestId('connection-pill')).toContainText(/reconnecting|connecting|#\d|offline/i)
  await house.server.start()
  await expectAllLines(page, 120)
})

test('[CMD2] a command sent while the agent is away waits and runs once when it is back', async ({ page, house }) => {
  await send(page, 'echo before')
  await expect(answers(page).last()).toContainText('before')
  await house.agent.stop()
  await send(page, 'append one line to runs.txt')
  await expect(page.getByText(/offline|not connected|away/i).first()).toBeVisible()
  await house.agent.start()
  await page.getByRole('button', { name: /allow once/i }).click()
  await expect.poll(() => house.readProjectFile('runs.txt').catch(() => '')).toBe('ran\n')
  await house.agent.stop()
  await house.agent.start()
  await send(page, 'echo after')
  await expect(answers(page).last()).toContainText('after')
  expect(await house.readProjectFile('runs.txt')).toBe('ran\n')
})

test('[CMD4] an agent killed in a run ends it as interrupted, keeps its output and repeats nothing', async ({
  page,
  house,
}) => {
  await send(page, 'lines 2000 50 ms')
  await expect.poll(() => numberedLines(page).then((lines) => lines.length)).toBeGreaterThan(5)
  await house.agent.kill()
  await house.agent.start()
  await expect(page.getByText('INTERRUPTED').first()).toBeVisible()
  const kept = await numberedLines(page)
  expect(kept.length).toBeGreaterThan(5)
  expect(new Set(kept).size).toBe(kept.length)
  await send(page, 'echo going on')
  await expect(answers(page).last()).toContainText('going on')
})

test('[CMD1] a message sent while the relay is away is kept on the device and sent once', async ({ page, house }) => {
  await send(page, 'echo first')
  await expect(answers(page).last()).toContainText('first')
  await house.server.kill()
  await send(page, 'echo kept')
  await expect(page.getByText(/kept on this device/i)).toBeVisible()
  await house.server.start()
  await expect(answers(page).last()).toContainText('kept', { timeout: 20_000 })
  await expect(page.getByTestId('message-user')).toHaveCount(2)
})

test('[REQ5] a request outlives agent and relay: whoever comes then allows that very call, and it runs once', async ({
  page,
  house,
  browser,
}) => {
  await send(page, 'append one line to runs.txt')
  await expect(page.getByRole('button', { name: /allow once/i })).toBeVisible()
  const address = page.url()
  // What Claude Code has asked is in its own record a moment later; nobody reboots faster.
  await expect.poll(() => hasRecordedCall(house)).toBe(true)
  await house.agent.kill()
  await house.server.kill()
  await page.close()
  await house.server.start()
  await house.agent.start()
  const later = await (await browser.newContext()).newPage()
  await later.goto(house.loginLink())
  await expect(later).not.toHaveURL(/login/)
  await later.goto(address)
  await later.getByRole('button', { name: /allow once/i }).click()
  await expect.poll(() => house.readProjectFile('runs.txt').catch(() => ''), { timeout: 30_000 }).toBe('ran\n')
  await expect(later.getByTestId('connection-pill')).toBeVisible()
  await send(later, 'echo after')
  await expect(answers(later).last()).toContainText('after')
  expect(await house.readProjectFile('runs.txt')).toBe('ran\n')
})

/** Has Claude Code written down, in the home of the house's agent, that it wants to use a tool? */
async function hasRecordedCall({ project }: House): Promise<boolean> {
  const records = join(project, '../home/.claude/projects')
  const files = await readdir(records, { recursive: true }).catch(() => [])
  const texts = files.filter((name) => name.endsWith('.jsonl')).map((name) => readFile(join(records, name), 'utf8'))
  return (await Promise.all(texts)).some((text) => /"type":"tool_use".*\n/.test(text))
}
