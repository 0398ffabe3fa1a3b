export type Repeating = {
  /** The first round comes after this long. @default everyMs */
  firstAfterMs?: number
  everyMs: number
  onError: (error: unknown) => void
}

/** Work that is done again and again: one round at a time, and one that fails is told and followed by the next. */
export function repeat(work: () => Promise<void>, options: Repeating): () => void {
  const { everyMs, firstAfterMs = everyMs, onError } = options
  let stopped = false
  let timer = setTimeout(round, firstAfterMs)

  function round(): void {
    work()
      .catch((error: unknown) => {
        if (!stopped) onError(error)
      })
      .finally(() => {
        if (!stopped) timer = setTimeout(round, everyMs)
      })
      .catch(() => {}) // nothing left that could fail
  }

  return () => {
    stopped = true
    clearTimeout(timer)
  }
}
