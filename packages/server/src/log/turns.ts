/**
 * One piece of work per turn of the event loop, in the order in which they came: when hundreds come at once for a page
 * each, whatever is live goes on in between. Whoever comes alone does not wait.
 */
export function createTurns(): () => Promise<void> {
  const waiting: (() => void)[] = []
  let taken = false

  function next(): void {
    const go = waiting.shift()
    taken = go !== undefined
    if (go === undefined) return
    go()
    setImmediate(next)
  }

  return () => {
    if (taken) return new Promise((go) => waiting.push(go))
    taken = true
    setImmediate(next)
    return Promise.resolve()
  }
}
