import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { startHealthMonitor } from './monitor.ts'

const STALL_MS = 1_100
const PATIENCE = { timeout: 10_000 }

test('that the process stood still is told, and is not said of the time after it', async () => {
  const lines: string[] = []
  const monitor = startHealthMonitor({
    store: { upkeep: () => Promise.resolve({ walBytes: 0, damaged: false }) },
    clock: Date,
    logger: pino({}, { write: (line: string) => void lines.push(line) }),
    everyMs: 50,
  })
  onTestFinished(monitor.close)
  await new Promise((resolve) => setTimeout(resolve, 100)) // it listens from its first moment on
  const until = performance.now() + STALL_MS
  while (performance.now() < until);
  await expect.poll(() => lines.join(''), PATIENCE).toContain('the process stood still')
  await expect.poll(() => monitor.report().eventLoop.maxMs, PATIENCE).toBeLessThan(STALL_MS / 2)
})
