import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test as base, type Page } from '@playwright/test'
import type { CommandResponse } from '@farhand/shared'
import { createApp, createLogger, loadConfig, openSqliteStore, type Store } from '../packages/server/src/index.ts'

const ENTRIES = 100_000
const RUNS = 100
const BATCH = 1_000
/** From asking for the page of the session to its newest lines on the screen, on a machine that does other things too. */
const FIRST_PAINT_MS = 1_000
const ATTEMPTS = 3
/** Filling the store is not what is measured. */
const FILL_MS = 120_000

type LargeSession = { url: string; newLoginLink: () => string; sessionId: string }

/** The real relay over a store that holds one session of 100,000 entries. No agent: nothing new is said. */
const test = base.extend<{ large: LargeSession }>({
  large: [
    async ({}, use) => {
      const dataDir = await mkdtemp(join(tmpdir(), 'farhand-large-'))
      const config = loadConfig({ PORT: '0', DATA_DIR: dataDir, LOG_LEVEL: 'silent' })
      const store = await openSqliteStore({ dataDir })
      const sessionId = await fill(store)
      const app = await createApp({ config, store, logger: createLogger('silent') })
      const { port } = await app.listen()
      await use({ url: `http://127.0.0.1:${port}`, newLoginLink: app.loginLink, sessionId })
      await app.close()
      await rm(dataDir, { recursive: true, force: true })
    },
    { timeout: FILL_MS },
  ],
})

test('[F79] a session of 100,000 entries shows its newest lines within a second, and older ones when asked', async ({
  browser,
  large,
}) => {
  const times: number[] = []
  // A machine that does other things as well gets more than one try; each begins with an empty device.
  for (let attempt = 0; attempt < ATTEMPTS && Math.min(...times) >= FIRST_PAINT_MS; attempt += 1) {
    const context = await browser.newContext()
    const page = await context.newPage()
    await page.goto(large.newLoginLink())
    const row = page.locator(`a[href*="${large.sessionId}"]`).first()
    await expect(row).toBeVisible()
    times.push(await timeToNewest(page, () => row.click()))
    if (Math.min(...times) < FIRST_PAINT_MS) await expectOlder(page)
    await context.close()
  }
  base.info().annotations.push({ type: 'first paint', description: `${times.join(', ')} ms` })
  expect(Math.min(...times)).toBeLessThan(FIRST_PAINT_MS)
})

async function expectOlder(page: Page): Promise<void> {
  // What is drawn is a window, however much was said.
  expect(await page.evaluate(() => document.querySelectorAll('*').length)).toBeLessThan(8_000)
  const conversation = page.getByRole('log', { name: 'Conversation' })
  const before = conversation.getByText(`answer ${RUNS - 2}.`)
  await expect
    .poll(async () => {
      await conversation.evaluate((element) => (element.scrollTop = 0))
      const earlier = conversation.getByRole('button', { name: 'Show earlier' })
      await earlier.click({ timeout: 1_000 }).catch(() => undefined) // it may be loading just now
      return await before.count()
    })
    .toBe(1)
}

/** Milliseconds until the page shows the end of the session, measured where it is shown. */
async function timeToNewest(page: Page, act: () => Promise<unknown>): Promise<number> {
  const from = Date.now()
  await act()
  await page.waitForFunction(
    (text) => document.querySelector('[aria-label="Conversation"]')?.textContent.includes(text),
    `answer ${RUNS - 1}.`,
    { polling: 'raf' },
  )
  return Date.now() - from
}

async function fill(store: Store): Promise<string> {
  const [agentId, projectId, sessionId] = [randomUUID(), randomUUID(), randomUUID()]
  const projects = [{ projectId, name: 'large', path: '/large' }]
  const hello = { protocol: 1, agentId, connNo: 1, bootId: 'b', name: 'workstation', host: 'h', versions: {}, projects }
  await store.acceptHello({ ...hello, sessions: [] }, 1)
  const author = { id: 'owner', name: 'Owner' }
  const perRun = ENTRIES / RUNS - 1
  let n = 0
  for (let run = 0; run < RUNS; run += 1) {
    const commandId = randomUUID()
    const prompt = `run ${run} of ${RUNS}`
    const command = { projectId, sessionId, commandId, prompt, bodyHash: prompt, author }
    await store.append(
      [{ type: 'command', ...command, options: {}, workingDirectory: undefined, expiresAt: undefined }],
      Date.now(),
    )
    const bodies = bodiesOf(run, perRun)
    for (let at = 0; at < bodies.length; at += BATCH) {
      const items = bodies
        .slice(at, at + BATCH)
        .map((body): { type: 'response'; agentId: string; response: CommandResponse } => {
          n += 1
          const response = { sessionId, commandId, n, isComplete: false, at: Date.now(), ...body }
          return { type: 'response', agentId, response }
        })
      await store.append(items, Date.now())
    }
  }
  return sessionId
}

/** Mostly tools, as in a long session, with a paragraph now and then. */
function bodiesOf(run: number, count: number): Pick<CommandResponse, 'kind' | 'data' | 'isComplete' | 'status'>[] {
  const line = { isComplete: false, status: 'streaming' as const }
  const middle = Array.from({ length: count - 3 }, (_, index) => {
    const toolUseId = `toolu_${run}_${index >> 1}`
    if (index % 20 === 0)
      return { ...line, kind: 'text', data: `Looking at **part ${index}** of run ${run} with \`care\`.` }
    return index % 2 === 1
      ? {
          ...line,
          kind: 'tool_started',
          data: JSON.stringify({ toolUseId, tool: 'Read', input: { file_path: `/large/src/file${index}.ts` } }),
        }
      : {
          ...line,
          kind: 'tool_finished',
          data: JSON.stringify({
            toolUseId: `toolu_${run}_${(index - 1) >> 1}`,
            isError: false,
            output: 'export const value = 1\n'.repeat(10),
          }),
        }
  })
  return [
    { ...line, kind: 'run_started', data: JSON.stringify({ model: 'claude' }) },
    ...middle,
    { ...line, kind: 'text', data: `This is answer ${run}.` },
    { kind: 'run_finished', data: JSON.stringify({ durationMs: 1_000 }), isComplete: true, status: 'complete' },
  ]
}
