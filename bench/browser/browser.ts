import { chromium, type Browser, type Page } from '@playwright/test'
import { launchOptions } from '../../e2e/chromium.ts'
import { clickToPaint, throttle, watchFrames } from '../../e2e/stage/measure.ts'
import { finished, long } from '../../e2e/stage/scenes.ts'
import { openStage, type Stage } from '../../e2e/stage/stage.ts'
import { sayPaced, stream, talk } from '../../e2e/stage/stream.ts'
import type { Figure, Finding } from '../figures.ts'
import { median, quantile } from '../stats.ts'

/** Some six times as fast as Claude Code answers. */
const BYTES_PER_SECOND = 2_000
const BYTES_PER_TOKEN = 4
const SLOW = 4
/** A page that takes longer is broken. */
const SHOWN_WITHIN_MS = 30_000

export type BrowserOptions = { entries: number; times: number; tokens: number }

/**
 * What a reader's Chromium takes: a long session opened by a click, beside one of a single run; and a long answer as it
 * streams, beside a page that does nothing but show the same pieces as plain text. Wants the page built (`npm run build`).
 */
export async function browser({ entries, times, tokens }: BrowserOptions): Promise<Finding> {
  const stage = await openStage()
  const chrome = await chromium.launch(launchOptions)
  try {
    const opened = [
      ...(await opening(stage, chrome, entries, times, 1)),
      ...(await opening(stage, chrome, entries, times, SLOW)),
    ]
    return {
      title: `browser: a session of ${entries} entries opens, an answer of ${tokens} tokens streams`,
      figures: [...opened, ...(await streaming(stage, chrome, tokens))],
    }
  } finally {
    await chrome.close()
    await stage.close()
  }
}

async function opening(stage: Stage, chrome: Browser, entries: number, times: number, rate: number): Promise<Figure[]> {
  const sessions = { short: [] as string[], long: [] as string[] }
  for (let time = 0; time < times; time += 1) {
    sessions.long.push((await stage.play(long(entries, Date.now()))).sessionId)
    sessions.short.push((await stage.play(finished(Date.now()))).sessionId)
  }
  const home = await stage.play(finished(Date.now()))
  const page = await signIn(stage, chrome, home.sessionId)
  await throttle(page, rate)
  const took = { short: [] as number[], long: [] as number[] }
  for (let time = 0; time < times; time += 1)
    for (const kind of ['short', 'long'] as const)
      took[kind].push(await clickToPaint(page, `nav a[href*="${sessions[kind][time]}"]`))
  await page.context().close()
  const slow = rate === 1 ? '' : `, processor slowed ${rate}×`
  return [
    { name: `click to paint${slow}`, value: median(took.long), unit: 'ms', goal: { atMost: 1_000 } },
    { name: `a session of one run${slow}`, value: median(took.short), unit: 'ms' },
    { name: `ratio${slow}`, value: median(took.long.map((ms, time) => ms / (took.short[time] ?? ms))), unit: '×' },
  ]
}

async function streaming(stage: Stage, chrome: Browser, tokens: number): Promise<Figure[]> {
  const seconds = (tokens * BYTES_PER_TOKEN) / BYTES_PER_SECOND
  const { scene, run } = talk(Date.now())
  const played = await stage.play(scene)
  const page = await signIn(stage, chrome, played.sessionId)
  await page.getByText('Paragraph 39.').waitFor({ timeout: SHOWN_WITHIN_MS })
  const bare = await chrome.newPage()
  await bare.setContent('<pre style="white-space: pre-wrap"></pre>')
  const pace = { bytesPerSecond: BYTES_PER_SECOND, seconds }
  const show = (text: string): Promise<void> =>
    bare.evaluate((piece) => document.querySelector('pre')?.append(piece), text)

  const ours = await watchFrames(page, () => stream(played, run, pace))
  const plain = await watchFrames(bare, () => sayPaced(pace, show))
  return [
    {
      name: 'a frame while it streams, 99th of 100',
      value: quantile(ours.frames, 0.99),
      unit: 'ms',
      goal: { atMost: 50 },
    },
    { name: 'a page that only shows the text, 99th of 100', value: quantile(plain.frames, 0.99), unit: 'ms' },
    { name: 'tasks over 50 ms, per second', value: ours.tasks.length / seconds, unit: '' },
    { name: 'the longest of them', value: Math.max(0, ...ours.tasks), unit: 'ms' },
  ]
}

async function signIn(stage: Stage, chrome: Browser, sessionId: string): Promise<Page> {
  const context = await chrome.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' })
  const page = await context.newPage()
  await page.goto(await stage.loginLink())
  await page.getByTestId('connection-pill').waitFor({ timeout: SHOWN_WITHIN_MS })
  await page.goto(`${stage.url}/s/${sessionId}`)
  await page.locator('[data-row]').first().waitFor({ timeout: SHOWN_WITHIN_MS })
  return page
}
