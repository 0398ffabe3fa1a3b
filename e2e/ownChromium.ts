import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { chromium, expect, type Browser, type LaunchOptions, type Page } from '@playwright/test'
import { execa } from 'execa'

/** A Chromium as a person has it: with a profile, and with tabs of which one is in front. */
export type OwnChromium = {
  open(url: string): Promise<Page>
  /** All its processes at once, as a power cut would. */
  kill(): Promise<void>
}

/**
 * Starts one. Playwright's own browsers take every page for one in front, so that none is ever hidden; `asItIs`: this one's
 * tabs are seen or hidden as the browser has it.
 */
export async function startChromium(
  profile: string,
  { executablePath = 'chromium', args = [] }: LaunchOptions,
  { asItIs = false } = {},
): Promise<OwnChromium> {
  const port = join(profile, 'DevToolsActivePort')
  await rm(port, { force: true })
  await rm(join(profile, 'SingletonLock'), { force: true }) // left by one that was killed
  const running = execa(
    executablePath,
    [...args, '--headless=new', '--remote-debugging-port=0', `--user-data-dir=${profile}`, 'about:blank'],
    { reject: false, stdout: 'ignore', stderr: 'ignore', detached: true },
  )
  const { pid } = running
  if (pid !== undefined) started.add(pid)
  await expect.poll(() => readFile(port, 'utf8').catch(() => ''), { timeout: 20_000 }).toContain('devtools')
  const [number = '', path = ''] = (await readFile(port, 'utf8')).split('\n')
  const address = `ws://127.0.0.1:${number}${path}`
  const browser: Browser = await chromium.connectOverCDP(address, { noDefaults: asItIs })
  const [context] = browser.contexts()
  if (context === undefined) throw new Error('Chromium has a context from the start')
  return {
    async open(url) {
      const page = await context.newPage()
      await page.goto(url)
      await expect(page.getByTestId('connection-pill')).toBeVisible()
      return page
    },
    async kill() {
      if (pid !== undefined) killGroup(pid)
      await running
      await browser.close().catch(() => undefined) // it is gone already
    },
  }
}

const started = new Set<number>()

/** For the end of a test: one that fails midway must not leave them running. */
export function killStarted(): void {
  for (const pid of started) killGroup(pid)
}

function killGroup(pid: number): void {
  started.delete(pid)
  process.kill(-pid, 'SIGKILL')
}
