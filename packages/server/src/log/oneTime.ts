import type { OneTimeKind, OneTimeStore } from './store.ts'

/**
 * Secrets that open something once, in the memory of the one relay that there is.
 *
 * @param clock should be monotonic: they live for a while, and one that jumps would end or keep them
 */
export function createOneTime(clock: { now(): number }): OneTimeStore {
  const kinds: Record<OneTimeKind, Map<string, Kept>> = { ticket: new Map(), login: new Map() }

  return {
    keepOnce: ({ kind, hash, owner, body, lifeMs, most }) => {
      const kept = kinds[kind]
      if (owner !== undefined) dropOf(kept, owner)
      kept.set(hash, { owner, body, expiresAt: clock.now() + lifeMs })
      for (const [each, { expiresAt }] of kept) {
        if (expiresAt > clock.now() && kept.size <= most) break
        kept.delete(each)
      }
      return Promise.resolve()
    },
    takeOnce: (kind, hash) => {
      const found = kinds[kind].get(hash)
      kinds[kind].delete(hash)
      const leftMs = found === undefined ? 0 : found.expiresAt - clock.now()
      return Promise.resolve(found === undefined || leftMs <= 0 ? undefined : { body: found.body, leftMs })
    },
  }
}

type Kept = { owner: string | undefined; body: string; expiresAt: number }

function dropOf(kept: Map<string, Kept>, owner: string): void {
  for (const [hash, each] of kept) if (each.owner === owner) kept.delete(hash)
}
