/**
 * The one place where order is checked (SUB2). Pure.
 *
 * `apply`: the entry follows what was read; `duplicate`: it was read before; `gap`: something between is missing,
 * and the only cure is to subscribe again from the cursor.
 */
export type Verdict = 'apply' | 'duplicate' | 'gap'

export function judge(cursor: number, entry: { seq: number; prev: number }): Verdict {
  if (entry.seq <= cursor) return 'duplicate'
  return entry.prev <= cursor ? 'apply' : 'gap'
}
