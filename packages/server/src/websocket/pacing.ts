/** Work that was asked for is begun in order, so much of it in one turn of the event loop and the rest in the next ones. */
export type Pacing = (begin: () => void) => void

/** One read of the network may bring thousands of small messages; begun together they would hold up everybody else. */
const BEGUN_PER_TURN = 64

export function createPacing(perTurn = BEGUN_PER_TURN): Pacing {
  let waiting: (() => void)[] = []
  let begun = 0

  function nextTurn(): void {
    const now = waiting.slice(0, perTurn)
    waiting = waiting.slice(perTurn)
    begun = now.length
    for (const begin of now) begin()
    if (begun > 0) setImmediate(nextTurn)
  }

  return (begin) => {
    if (begun === perTurn || waiting.length > 0) {
      waiting.push(begin)
      return
    }
    if (begun === 0) setImmediate(nextTurn)
    begun += 1
    begin()
  }
}
