/**
 * One tab at a time sends what this device keeps. Two that send do no harm, since a command's id makes repeats
 * recognisable; one is quieter and keeps the order.
 */
export type Candidacy = {
  /** Asked right before acting: a tab that slept may have lost what it held. */
  leads(): boolean
  /** Gives way at once. */
  resign(): void
}

/** Stands for leader; `onElected` may be called later, and again after the lead was lost. */
export type Stand = (onElected: () => void) => Candidacy

const LOCK = 'farhand-outbox'

/** The browser's own locks. They end with their tab, however it ends, and the next in line has it at once. */
export function standByLock(locks: Pick<LockManager, 'request'>, name = LOCK): Stand {
  return (onElected) => {
    const giveUp = new AbortController()
    let leading = false
    let release = (): void => {}
    locks
      .request(name, { signal: giveUp.signal }, () => {
        leading = true
        onElected()
        return new Promise<void>((resolve) => (release = resolve))
      })
      .catch(() => undefined) // resigned before its turn came
    return {
      leads: () => leading,
      resign() {
        leading = false
        giveUp.abort()
        release()
      },
    }
  }
}

/** A lease is over by itself so long after its holder last said that it is there. */
export const LEASE_MS = 5_000
const RENEW_MS = LEASE_MS / 3

/** Who holds the lease. `acquire` answers in one transaction whether `holder` has it until `until`. */
export type LeaseStorage = {
  acquire(holder: string, now: number, until: number): Promise<boolean>
  release(holder: string): Promise<void>
}

export type LeaseParts = {
  lease: LeaseStorage
  holder: string
  clock: { now(): number }
  schedule(later: () => void, ms: number): () => void
}

/** Where there are no locks (plain HTTP from another machine): a row in the database that has to be renewed. */
export function standByLease({ lease, holder, clock, schedule }: LeaseParts): Stand {
  return (onElected) => {
    let until = 0
    let resigned = false
    let cancel = (): void => {}

    async function renew(): Promise<void> {
      const now = clock.now()
      const led = leads()
      const mine = await lease.acquire(holder, now, now + LEASE_MS).catch(() => false) // a database that fails: stands again
      if (resigned) return void lease.release(holder).catch(() => undefined)
      until = mine ? now + LEASE_MS : 0
      cancel = schedule(() => void renew(), RENEW_MS)
      if (!led && leads()) onElected()
    }

    function leads(): boolean {
      return !resigned && clock.now() < until
    }

    void renew()
    return {
      leads,
      resign() {
        resigned = true
        cancel()
        lease.release(holder).catch(() => undefined) // it ends by itself
      },
    }
  }
}

/** Pure: may `holder` have it? A lease that ends far in the future was written by a clock that has been put back since. */
export function mayHold(row: { holder: string; until: number } | undefined, holder: string, now: number): boolean {
  return row === undefined || row.holder === holder || row.until <= now || row.until > now + 2 * LEASE_MS
}
