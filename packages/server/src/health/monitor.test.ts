import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { startHealthMonitor } from './monitor.ts'

const STALL_MS = 1_100
const PATIENCE = { timeout: 10_000 }

test('that the process stood still is told once, and is not told of the time after it', async () => {
  const lines: string[] = []
  const monitor = startHealthMonitor({
    store: { upkeep: () => Promise.resolve({ walBytes: 0, damaged: false }) },
    clock: Date,
    logger: pino({}, { write: (line: string) => void lines.push(line) }),
    everyMs: 50,
  })
  onTestFinished(monitor.close)
  const worst = () => monitor.report().eventLoop.maxMs
  await new Promise((resolve) => setTimeout(resolve, 100)) // it listens from its first moment on
  const until = performance.now() + STALL_MS
  while (performance.now() < until);
  await expect.poll(worst, PATIENCE).toBeGreaterThan(STALL_MS / 2)
  await expect.poll(worst, PATIENCE).toBeLessThan(STALL_MS / 2)
  const told = lines.map((line) => z.looseObject({ maxMs: z.number() }).parse(JSON.parse(line)))
  expect(told.filter(({ maxMs }) => maxMs >= STALL_MS / 2)).toMatchObject([{ msg: 'the process stood still' }])
})
