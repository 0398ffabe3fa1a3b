/**
 * Runs one piece of work per key at a time. Asked for again while it runs, it runs once more afterwards, however often
 * it was asked: what came in between is seen by that run.
 */
export type SingleFlight = (key: string, work: () => Promise<void>) => Promise<void>

export function createSingleFlight(): SingleFlight {
  const flights = new Map<string, { again: boolean; done: Promise<void> }>()

  async function fly(key: string, flight: { again: boolean }, work: () => Promise<void>): Promise<void> {
    try {
      while (flight.again) {
        flight.again = false
        await work()
      }
    } finally {
      flights.delete(key)
    }
  }

  return (key, work) => {
    const known = flights.get(key)
    if (known !== undefined) {
      known.again = true
      return known.done
    }
    const flight = { again: true, done: Promise.resolve() }
    flights.set(key, flight)
    flight.done = fly(key, flight, work)
    return flight.done
  }
}
