import { openDatabase, type Database } from './database.ts'
import { draftCopiesOf, forgetEmptyDrafts, noDraftCopies, type DraftCopies } from './draftStorage.ts'
import { newId } from './ids.ts'
import { standByLease, standByLock, type Stand } from './leadership.ts'
import { leaseStorageOf } from './leaseStorage.ts'
import { memoryStorage, outboxStorageOf, type OutboxStorage } from './outboxStorage.ts'
import { noPeers, openPeers, type Peers } from './peers.ts'
import { noTails, tailStorageOf, type TailStorage } from './tailStorage.ts'

/** What this browser keeps, and how its tabs share it. */
export type Device = {
  /** What was stored survives closing the browser. */
  durable: boolean
  outbox: OutboxStorage
  tails: TailStorage
  drafts: DraftCopies
  peers: Peers
  stand: Stand
  close(): void
}

/** The device's database, or memory where the browser has none (private windows of some). */
export async function openDevice(): Promise<Device> {
  try {
    return deviceOf(await openDatabase())
  } catch (error) {
    console.warn('This browser does not keep unsent messages after closing.', error)
    return memoryDevice()
  }
}

function deviceOf(database: Database): Device {
  const peers = openPeers()
  void forgetEmptyDrafts(database, Date.now()).catch(() => undefined) // tidying, done again with the next start
  return {
    durable: true,
    outbox: outboxStorageOf(database),
    tails: tailStorageOf(database),
    drafts: draftCopiesOf(database),
    peers,
    // There are no locks on plain HTTP from another machine.
    stand: 'locks' in navigator ? standByLock(navigator.locks) : standByLease(leaseParts(database)),
    close() {
      peers.close()
      database.close()
    },
  }
}

function leaseParts(database: Database): Parameters<typeof standByLease>[0] {
  return {
    lease: leaseStorageOf(database),
    holder: newId(),
    clock: Date, // tabs compare it with each other
    schedule(later, ms) {
      const timer = setTimeout(later, ms)
      return () => clearTimeout(timer)
    },
  }
}

/** A page of its own: what it holds, no other tab can see or send. */
export function memoryDevice(parts: Partial<Device> = {}): Device {
  return {
    durable: false,
    outbox: memoryStorage(),
    tails: noTails(),
    drafts: noDraftCopies(),
    peers: noPeers(),
    stand: standAlone,
    close: () => {},
    ...parts,
  }
}

const standAlone: Stand = (onElected) => {
  onElected()
  return { leads: () => true, resign: () => {} }
}
