/** Where the first answer of a subscription begins. Pure. */
export type Beginning = {
  /** The reader's cursor is of no use here: it forgets what it has (SUB3). */
  reset: boolean
  /** What to read: what comes after a seq, or the newest `limit` entries. */
  range: { after?: number; limit: number }
}

/**
 * From the cursor on, or the newest, or from the start. A cursor above the head, or of another log, is one of a log that
 * was replaced.
 */
export function decideBeginning(
  asked: { after?: number | undefined; tail?: number | undefined; logEpoch?: string | undefined },
  log: { head: number; logEpoch: string },
  pageEntries: number,
): Beginning {
  const { after, tail, logEpoch } = asked
  const reset = after !== undefined && (after > log.head || (logEpoch !== undefined && logEpoch !== log.logEpoch))
  const cursor = reset ? undefined : after
  if (cursor === undefined && tail !== undefined) return { reset, range: { limit: tail } }
  return { reset, range: { after: cursor ?? 0, limit: pageEntries } }
}
