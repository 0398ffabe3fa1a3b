import type { ClaudeStatus } from '@farhand/shared'

/** What Claude Code of a machine says that the agent there was not tested with. */
export type Drift = {
  version: string
  newer: boolean
  recorded: string
  unknown: readonly string[]
  gone: readonly string[]
}

/** Undefined: it is the tested version, or nothing is known. Pure. */
export function driftOf({ version, drift }: ClaudeStatus): Drift | undefined {
  if (drift === undefined || version === undefined) return undefined
  const { recorded, unknown, gone } = drift
  if (version === recorded && unknown.length + gone.length === 0) return undefined
  return { version, newer: isNewer(version, recorded), recorded, unknown, gone }
}

/** By numbers, part by part; a part that is missing counts as 0. */
function isNewer(version: string, than: string): boolean {
  const [mine, other] = [version, than].map((one) => (one.match(/\d+/g) ?? []).map(Number))
  const parts = Math.max(mine?.length ?? 0, other?.length ?? 0)
  for (let index = 0; index < parts; index += 1) {
    const difference = (mine?.[index] ?? 0) - (other?.[index] ?? 0)
    if (difference !== 0) return difference > 0
  }
  return false
}
