/**
 * Anybody may ask, but not cause work as often as they like: the answer holds for so long, and while there is none yet, all wait
 * for the same.
 */
export function atMostEvery(ms: number, check: () => Promise<void>, clock: { now(): number }): () => Promise<void> {
  /** `at`: when it was answered. */
  let last: { result: Promise<void>; at?: number } | undefined
  return () => {
    if (last !== undefined && (last.at === undefined || Math.abs(clock.now() - last.at) < ms)) return last.result
    const asked: NonNullable<typeof last> = { result: check().finally(() => (asked.at = clock.now())) }
    last = asked
    return asked.result
  }
}

/** The same, but whoever asks hears `late` after so long without an answer. */
export async function inTime<T>(ms: number, work: Promise<T>, late: () => Error): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(late()), ms)
  return await Promise.race([work, promise]).finally(() => clearTimeout(timer))
}
