import type { Run } from '@farhand/shared'

/** An interrupt is answered within this time, or it did not help. */
export const FORCE_AFTER_MS = 5_000
/** And force within this one, or nobody answers. */
export const SILENT_AFTER_MS = 10_000

/** How far the ending of a run is: asked for, not answered so that force may be used, forced, or forced in vain. */
export type StopStage = 'none' | 'asked' | 'offer' | 'forced' | 'silent'

/** `now` is on the relay's clock, which dates the log. Pure. */
export function stopStage(run: Run | undefined, now: number): StopStage {
  if (run?.state.name !== 'stopping') return 'none'
  const { since, forcedAt } = run.state
  if (forcedAt !== undefined) return now - forcedAt < SILENT_AFTER_MS ? 'forced' : 'silent'
  return now - since < FORCE_AFTER_MS ? 'asked' : 'offer'
}
