/**
 * A question that is dear to answer, answered once per key while the answer is fresh. One that failed is asked again the next
 * time, and what is no longer fresh is let go with the next question.
 */
export function remembered<A extends unknown[], T>(
  { freshMs, clock }: { freshMs: number; clock: { now(): number } },
  ask: (key: string, ...more: A) => Promise<T>,
): (key: string, ...more: A) => Promise<T> {
  const known = new Map<string, { at: number; answer: Promise<T> }>()
  return (key, ...more) => {
    const now = clock.now()
    // A clock that was set back makes nothing fresh for longer.
    for (const [each, { at }] of known) if (Math.abs(now - at) >= freshMs) known.delete(each)
    const before = known.get(key)
    if (before !== undefined) return before.answer
    const answer = ask(key, ...more)
    known.set(key, { at: now, answer })
    answer.catch(() => {
      if (known.get(key)?.answer === answer) known.delete(key)
    })
    return answer
  }
}
