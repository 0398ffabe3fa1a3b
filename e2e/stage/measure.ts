import type { CDPSession, Page } from '@playwright/test'

/** A figure that is promised: `most` is its goal, in `unit`. */
export type Figure = { what: string; most: number; unit: string; measured: number; of: readonly number[] }

/** Chrome's own "Fast 4G". */
const FAST_4G = { offline: false, latency: 60, downloadThroughput: 1_012_500, uploadThroughput: 168_750 }

/** What a browser without a screen keeps for bars that it does not draw, and somewhat more. */
const BARS_PX = 140

/**
 * Makes the window so large that all of the page is in it. A browser without a screen makes it as large as the page is
 * to be, bars included: what stands at the lower edge is then never drawn, and a change there alone counts as painted when
 * something else is drawn next.
 */
export async function showWhole(page: Page): Promise<void> {
  const { width, height } = page.viewportSize() ?? { width: 1440, height: 900 }
  const session = await page.context().newCDPSession(page)
  const { windowId } = await session.send('Browser.getWindowForTarget')
  await session.send('Browser.setWindowBounds', { windowId, bounds: { width, height: height + BARS_PX } })
  await session.detach()
}

export async function throttle(page: Page, rate: number): Promise<CDPSession> {
  const session = await page.context().newCDPSession(page)
  await session.send('Emulation.setCPUThrottlingRate', { rate })
  return session
}

export async function fast4g(session: CDPSession): Promise<void> {
  await session.send('Network.enable')
  await session.send('Network.emulateNetworkConditions', FAST_4G)
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

/** Milliseconds from a click until the last row of another session is painted. */
export function clickToPaint(page: Page, selector: string): Promise<number> {
  return page.evaluate(async (link) => {
    const frame = (): Promise<unknown> => new Promise((done) => requestAnimationFrame(done))
    const end = (): string | undefined =>
      [...document.querySelectorAll<HTMLElement>('.row.run_end')].at(-1)?.dataset['row']
    const [before, from] = [end(), performance.now()]
    document.querySelector<HTMLElement>(link)?.click()
    while (end() === undefined || end() === before) {
      if (performance.now() - from > 30_000) throw new Error('it does not come')
      await frame()
    }
    await frame() // by which that one was painted
    return performance.now() - from
  }, selector)
}

/** Writes down frames and tasks while something is done, in milliseconds. */
export async function watchFrames(
  page: Page,
  act: () => Promise<unknown>,
): Promise<{ frames: number[]; tasks: number[] }> {
  await page.evaluate(() => {
    const seen = { frames: [] as number[], tasks: [] as number[], isOver: false }
    Object.assign(window, { seen })
    const observer = new PerformanceObserver((list) => seen.tasks.push(...list.getEntries().map((one) => one.duration)))
    observer.observe({ type: 'longtask' })
    let last = performance.now()
    requestAnimationFrame(function next(now) {
      seen.frames.push(now - last)
      last = now
      if (seen.isOver) observer.disconnect()
      else requestAnimationFrame(next)
    })
  })
  await act()
  return page.evaluate(() => {
    const { seen } = window as unknown as { seen: { frames: number[]; tasks: number[]; isOver: boolean } }
    seen.isOver = true
    return { frames: seen.frames.slice(1), tasks: seen.tasks }
  })
}

/** From a key's press to the next paint, for every key while something is done; quicker than 16 ms is 16 ms. */
export async function watchKeys(page: Page, act: () => Promise<unknown>): Promise<number[]> {
  await page.evaluate(() => {
    const keys: number[] = []
    Object.assign(window, { keys })
    new PerformanceObserver((list) => {
      for (const { name, duration } of list.getEntries()) if (name === 'keydown') keys.push(duration)
      // The types of the browser do not know the threshold yet.
    }).observe({ type: 'event', durationThreshold: 16 } as PerformanceObserverInit)
  })
  await act()
  await page.waitForTimeout(500) // they are told a little later
  return page.evaluate(() => (window as unknown as { keys: number[] }).keys)
}

/** What a load was like for the eye, in milliseconds. To be called some seconds after it. */
export function loadFigures(page: Page): Promise<{ fcp: number; lcp: number; tbt: number; cls: number }> {
  return page.evaluate(async () => {
    const told = (type: string): Promise<PerformanceEntryList> =>
      new Promise((done) => {
        const observer = new PerformanceObserver((list) => done(list.getEntries()))
        observer.observe({ type, buffered: true })
        setTimeout(() => done([]), 500)
      })
    const [paints, largest, tasks, shifts] = await Promise.all(
      ['paint', 'largest-contentful-paint', 'longtask', 'layout-shift'].map(told),
    )
    const fcp = paints?.find(({ name }) => name === 'first-contentful-paint')?.startTime ?? Number.NaN
    const blocking = (tasks ?? []).map(({ duration }) => duration - 50)
    const shifted = (shifts ?? []) as (PerformanceEntry & { value: number; hadRecentInput: boolean })[]
    // As browsers report it: the worst stretch of at most five seconds without a second of rest.
    let [worst, stretch, began, last] = [0, 0, 0, Number.NEGATIVE_INFINITY]
    for (const { value, startTime } of shifted.filter((one) => !one.hadRecentInput)) {
      if (startTime - last > 1_000 || startTime - began > 5_000) [stretch, began] = [0, startTime]
      stretch += value
      last = startTime
      worst = Math.max(worst, stretch)
    }
    return {
      fcp,
      lcp: largest?.at(-1)?.startTime ?? Number.NaN,
      tbt: blocking.reduce((sum, ms) => sum + ms, 0),
      cls: worst,
    }
  })
}

/** What the page holds, in MB, when all that is not needed is gone. */
export async function heapMegabytes(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage')
  const { usedSize } = await session.send('Runtime.getHeapUsage')
  return usedSize / 1e6
}

/** Seconds of work that the page has done since it was opened; what others do on the machine meanwhile is not counted. */
export async function workSeconds(session: CDPSession): Promise<number> {
  await session.send('Performance.enable', { timeDomain: 'threadTicks' })
  const { metrics } = await session.send('Performance.getMetrics')
  return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN
}

/** For people and for the documentation. */
export function tableOf(figures: readonly Figure[]): string {
  const round = (value: number): string => (value < 10 ? value.toFixed(2).replace(/\.?0+$/, '') : value.toFixed(0))
  const line = ({ what, most, unit, measured, of }: Figure): string => {
    const range = of.length > 1 ? ` (${of.length}: ${round(Math.min(...of))}–${round(Math.max(...of))})` : ''
    return `| ${what} | ${round(most)} ${unit} | ${round(measured)} ${unit}${range} |`
  }
  return ['| figure | at most | measured |', '|---|---|---|', ...figures.map(line)].join('\n')
}
