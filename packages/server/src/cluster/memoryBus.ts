import { createNumbers, type Bus, type Heard } from './bus.ts'
import { decode, encode } from './messages.ts'

/** Relays of one process that hear each other, for tests: what is said goes through the same text as on a real bus. */
export type MemoryBuses = {
  join(): Bus
  /** From now on nothing is heard, or everything again. */
  cut(broken: boolean): void
}

/** @param fate of each that is said: how long it takes, or that it is lost; what one says stays in order all the same */
export function createMemoryBuses(fate: () => number | 'lost' = () => 0): MemoryBuses {
  const ears = new Map<string, (payload: string) => void>()
  let broken = false
  let joined = 0

  function join(): Bus {
    const self = `relay-${(joined += 1)}`
    const listeners = new Set<(heard: Heard) => void>()
    const numbers = createNumbers()
    let n = 0
    let last = Promise.resolve()
    ears.set(self, (payload) => {
      const said = decode(payload)
      const order = said === undefined ? 'again' : numbers.take(said.from, said.n)
      if (said === undefined || order === 'again') return
      for (const listener of listeners) listener({ ...said, missed: order === 'missed' })
    })
    return {
      self,
      say: (message, text = '') => {
        n += 1
        const after = fate()
        if (broken || after === 'lost') return
        const payload = encode({ from: self, n, message }, text)
        last = last
          .then(() => new Promise((resolve) => setTimeout(resolve, after)))
          .then(() => {
            for (const [other, ear] of ears) if (other !== self) ear(payload)
          })
      },
      hear: (listener) => {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
      state: () => (broken ? 'down' : 'up'),
      lagMs: () => 0,
      close: async () => {
        await last
        ears.delete(self)
      },
    }
  }

  return { join, cut: (now) => void (broken = now) }
}
