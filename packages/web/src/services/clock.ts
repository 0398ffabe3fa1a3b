/** Epoch milliseconds that go on evenly: putting the device's clock right in between does not move them. */
export const steadyClock = { now: (): number => performance.timeOrigin + performance.now() }

/** Differences below this are the network's delay, above it a clock was moved. */
const MOVED_MS = 5_000

/**
 * How far the relay's clock is ahead of `now`, in milliseconds. A message takes its time to come, so of several the
 * largest is the nearest. Pure.
 */
export function relayOffset(before: number | undefined, serverTime: number, now: number): number {
  const told = serverTime - now
  return before === undefined || Math.abs(told - before) > MOVED_MS ? told : Math.max(before, told)
}
