/**
 * Does something in a task of its own, after what a person has just pressed and before all else that waits: browsers write
 * down what they have compiled, for the next time, as if that were as urgent as the page.
 */
export function soon(act: () => void): void {
  if ('scheduler' in globalThis) void scheduler.postTask(act, { priority: 'user-blocking' })
  else setTimeout(act)
}
