/** Notices a run that gives no sign of life. Timers stand still while the machine sleeps, so a nap ends nothing. */
export type IdleWatch = {
  /** Begins, or begins anew. */
  start(): void
  sign(): void
  stop(): void
}

/** A chatty run would set a timer per message. */
const RESET_EVERY_MS = 1_000

/** @param events `half` after half of `idleMs` without a sign, `idle` after all of it */
export function createIdleWatch(
  idleMs: number,
  clock: { now(): number },
  events: { half(): void; idle(): void },
): IdleWatch {
  let timer: NodeJS.Timeout | undefined
  let resetAt = 0

  function stop(): void {
    clearTimeout(timer)
    timer = undefined
  }

  function start(): void {
    stop()
    resetAt = clock.now()
    timer = setTimeout(() => {
      timer = setTimeout(events.idle, idleMs / 2)
      events.half()
    }, idleMs / 2)
  }

  return {
    start,
    sign() {
      if (timer !== undefined && Math.abs(clock.now() - resetAt) >= Math.min(RESET_EVERY_MS, idleMs / 10)) start()
    },
    stop,
  }
}
