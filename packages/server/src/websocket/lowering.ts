/** A page on its way may be larger for a moment; who has that much unread for longer is on a slow link. */
const BEHIND_BYTES = 256 * 1024
const BEHIND_MS = 500
/** Taken as it comes again, for so long that it is not one gap between two waves. */
const CALM_BYTES = 16 * 1024
const CALM_MS = 5_000

/**
 * Which readers get fewer and larger messages than they asked for, because they do not take what they get as it comes: long
 * before one is so slow that it gets nothing at all. Decides only; times are milliseconds of one steady clock.
 */
export type Lowering<Reader> = {
  isLowered(reader: Reader): boolean
  /** Looked at when something is about to be sent. Answers whether it is lowered with this look. */
  look(reader: Reader, unreadBytes: number, now: number): boolean
  /** Takes out those who have read as it came for a while, and answers them. */
  raise(unreadBytes: (reader: Reader) => number, now: number): Reader[]
  forget(reader: Reader): void
}

export function createLowering<Reader>(): Lowering<Reader> {
  const behindSince = new Map<Reader, number>()
  const calmSince = new Map<Reader, number>()

  return {
    isLowered: (reader) => calmSince.has(reader),
    look: (reader, unreadBytes, now) => {
      if (unreadBytes <= BEHIND_BYTES) {
        behindSince.delete(reader)
        return false
      }
      const since = behindSince.get(reader) ?? now
      behindSince.set(reader, since)
      if (calmSince.has(reader) || now - since < BEHIND_MS) return false
      calmSince.set(reader, now)
      return true
    },
    raise: (unreadBytes, now) => {
      const raised: Reader[] = []
      for (const [reader, since] of calmSince) {
        if (unreadBytes(reader) > CALM_BYTES) calmSince.set(reader, now)
        else if (now - since >= CALM_MS) raised.push(reader)
      }
      for (const reader of raised) calmSince.delete(reader)
      return raised
    },
    forget: (reader) => {
      behindSince.delete(reader)
      calmSince.delete(reader)
    },
  }
}
