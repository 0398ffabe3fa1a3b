/** A relay that said nothing for so long is taken for gone. */
export const EXPIRY_MS = 8_000

/** Which other relays are there: those that were heard lately. Times are of this process's own monotonic clock. */
export type Members = {
  /** It said something; answers whether it is new here. */
  heard(relay: string, now: number): boolean
  forget(relay: string): void
  /** Those that were silent for too long. */
  silent(now: number): string[]
  /** Nobody could have been heard until now. */
  excuse(now: number): void
  count(): number
}

export function createMembers(): Members {
  const heardAt = new Map<string, number>()
  return {
    heard: (relay, now) => {
      const isNew = !heardAt.has(relay)
      heardAt.set(relay, now)
      return isNew
    },
    forget: (relay) => void heardAt.delete(relay),
    silent: (now) => [...heardAt].filter(([, at]) => now - at > EXPIRY_MS).map(([relay]) => relay),
    excuse: (now) => {
      for (const relay of heardAt.keys()) heardAt.set(relay, now)
    },
    count: () => heardAt.size,
  }
}
