import { computed, type ComputedRef } from 'vue'

/*
 * Each piece of an answer makes another timeline. What is worked out of it stays the same object here as long as it says
 * the same, so that what shows it is not drawn anew with each piece.
 */

/** For small values. */
export function steady<Value>(read: () => Value): ComputedRef<Value> {
  return computed<Value>((before) => {
    const now = read()
    return before !== undefined && JSON.stringify(before) === JSON.stringify(now) ? before : now
  })
}

/** For lists of any length, whose members stay the same themselves. */
export function steadyList<Member>(read: () => readonly Member[]): ComputedRef<readonly Member[]> {
  return computed<readonly Member[]>((before) => {
    const now = read()
    return before !== undefined && sameMembers(before, now) ? before : now
  })
}

/** Pure. */
export function sameMembers(before: readonly unknown[], now: readonly unknown[]): boolean {
  return before.length === now.length && before.every((member, index) => member === now[index])
}
