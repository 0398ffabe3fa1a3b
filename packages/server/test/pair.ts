import { createMemoryBuses, type MemoryBuses } from '../src/cluster/memoryBus.ts'
import type { Store } from '../src/index.ts'
import { startRelay, type Relay, type RelayOptions } from './harness.ts'

/** Two relays of one log in one process, which hear each other until their buses are cut. */
export type Pair = { a: Relay; b: Relay; buses: MemoryBuses; close(): Promise<void> }

export async function startPair(options: RelayOptions & { buses?: MemoryBuses } = {}): Promise<Pair> {
  const { buses = createMemoryBuses() } = options
  const a = await startRelay({ ...options, bus: buses.join() })
  const shared = (own: Store): Store => ({ ...a.store, close: () => own.close() })
  const b = await startRelay({ ...options, bus: buses.join(), around: shared })
  return {
    a,
    b,
    buses,
    close: async () => {
      await b.close()
      await a.close()
    },
  }
}
