import type { Quality } from '@farhand/shared'

/** A quick look at another tab is no reason to stop reading. */
export const HIDDEN_AFTER_MS = 10_000
/** Slower is a slow link; it stays one until it is clearly faster, so that the quality does not come and go. */
const SLOW_MS = 400
const FAST_MS = 250

export type Circumstances = {
  /** For longer than a moment. */
  hidden: boolean
  savesData: boolean
  slowLink: boolean
  phone: boolean
}

/** How much of a session this page takes. Pure. */
export function chooseQuality({ hidden, savesData, slowLink, phone }: Circumstances): Quality {
  if (hidden) return 'records'
  return savesData || slowLink || phone ? 'gathered' : 'every'
}

/** What the browser knows of its network, and what this page measured itself. Pure. */
export function isSlowLink(
  effectiveType: string | undefined,
  roundTripMs: number | undefined,
  before: boolean,
): boolean {
  if (effectiveType !== undefined && effectiveType !== '4g') return true
  return (roundTripMs ?? 0) > (before ? FAST_MS : SLOW_MS)
}
