import { createNumbers, type Bus, type Heard } from './bus.ts'
import { decode, encode } from './messages.ts'

/** Relays of one process that hear each other, for tests: what is said goes through the same text as on a real bus. */
export type MemoryBuses = {
  join(): Bus
  /** From now on nothing is heard, or everything again. */
  cut(broken: boolean): void
}

export function createMemoryBuses(): MemoryBuses {
  const ears = new Map<string, (payload: string) => void>()
  let broken = false
  let joined = 0

  function join(): Bus {
    const self = `relay-${(joined += 1)}`
    const listeners = new Set<(heard: Heard) => void>()
    const numbers = createNumbers()
    let n = 0
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
        if (broken) return
        const payload = encode({ from: self, n, message }, text)
        setImmediate(() => {
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
        await new Promise((resolve) => setImmediate(resolve))
        ears.delete(self)
      },
    }
  }

  return { join, cut: (now) => void (broken = now) }
}
