import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { LogStore } from '../log/store.ts'
import type { Logger } from '../logger.ts'
import { repeat } from '../repeat.ts'
import { HEALTHY, complaintsOf, type Health } from './complaints.ts'

export type HealthMonitor = {
  /** As of the last round. */
  report(): Health
  close(): void
}

const LOOP_RESOLUTION_MS = 20
const NS_PER_MS = 1_000_000

/** Looks after the store and measures the process, every few seconds, and logs what a person should know. */
export function startHealthMonitor(options: {
  store: Pick<LogStore, 'upkeep'>
  clock: { now(): number }
  logger: Logger
  everyMs: number
}): HealthMonitor {
  const { store, clock, logger, everyMs } = options
  const loop = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS })
  loop.enable()
  let health = HEALTHY
  let at = { wall: clock.now(), monotonic: performance.now() }

  async function measure(): Promise<Health> {
    const eventLoop = { maxMs: toMs(loop.max), p99Ms: toMs(loop.percentile(99)) }
    loop.reset()
    const then = at
    at = { wall: clock.now(), monotonic: performance.now() }
    const clockJumpMs = Math.round(at.wall - then.wall - (at.monotonic - then.monotonic))
    return { storage: await store.upkeep(), eventLoop, clockJumpMs }
  }

  async function round(): Promise<void> {
    const now = await measure()
    for (const { level, message, facts } of complaintsOf(health, now)) logger[level](facts, message)
    health = now
  }

  const stop = repeat(round, {
    everyMs,
    onError: (error) => logger.warn({ err: error }, 'the store could not be looked after'),
  })

  return {
    report: () => health,
    close: () => {
      stop()
      loop.disable()
    },
  }
}

/** Less its own period, which the histogram counts as well. Without a sample it holds no number. */
function toMs(nanoseconds: number): number {
  return Number.isFinite(nanoseconds) ? Math.max(0, Math.round(nanoseconds / NS_PER_MS) - LOOP_RESOLUTION_MS) : 0
}
