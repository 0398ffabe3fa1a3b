// @vitest-environment node
import { expect, test } from 'vitest'
import { handClock, settle } from '../testing/world.ts'
import { LEASE_MS, mayHold, standByLease, standByLock, type LeaseStorage } from './leadership.ts'

/** One database row that all tabs see. */
function leaseRow() {
  let row: { holder: string; until: number } | undefined
  const lease: LeaseStorage = {
    acquire(holder, now, until) {
      const free = mayHold(row, holder, now)
      if (free) row = { holder, until }
      return Promise.resolve(free)
    },
    release(holder) {
      if (row?.holder === holder) row = undefined
      return Promise.resolve()
    },
  }
  return lease
}

test('[F70] one tab holds the lease, and keeps it by renewing', async () => {
  const { clock, schedule, pass } = handClock()
  const lease = leaseRow()
  const elected: string[] = []
  const a = standByLease({ lease, holder: 'a', clock, schedule })(() => elected.push('a'))
  await settle()
  const b = standByLease({ lease, holder: 'b', clock, schedule })(() => elected.push('b'))
  await pass(10 * LEASE_MS)
  expect(elected).toEqual(['a'])
  expect([a.leads(), b.leads()]).toEqual([true, false])
  a.resign()
  await pass(LEASE_MS)
  expect(elected).toEqual(['a', 'b'])
  expect([a.leads(), b.leads()]).toEqual([false, true])
})

test('[F70] a tab that stands still loses the lease, and knows it before it acts', async () => {
  const { clock, schedule, pass } = handClock()
  const lease = leaseRow()
  /** The timers of a frozen tab do not run. */
  const frozen = standByLease({ lease, holder: 'frozen', clock, schedule: () => () => {} })(() => {})
  await settle()
  expect(frozen.leads()).toBe(true)
  const other = standByLease({ lease, holder: 'other', clock, schedule })(() => {})
  await settle()
  await pass(2 * LEASE_MS)
  expect(frozen.leads()).toBe(false)
  expect(other.leads()).toBe(true)
})

test('[F70] a lease that a wrong clock wrote far ahead stops nobody', () => {
  expect(mayHold({ holder: 'a', until: 24 * 60 * 60 * 1000 }, 'b', 0)).toBe(true)
  expect(mayHold({ holder: 'a', until: LEASE_MS }, 'b', 0)).toBe(false)
  expect(mayHold({ holder: 'a', until: LEASE_MS }, 'a', 0)).toBe(true)
})

test('[F70] the next in line leads as soon as a lock is free', async () => {
  const elected: string[] = []
  const a = standByLock(navigator.locks)(() => elected.push('a'))
  await expect.poll(() => elected).toEqual(['a'])
  const b = standByLock(navigator.locks)(() => elected.push('b'))
  const c = standByLock(navigator.locks)(() => elected.push('c'))
  b.resign()
  expect([a.leads(), b.leads(), c.leads()]).toEqual([true, false, false])
  a.resign()
  await expect.poll(() => elected).toEqual(['a', 'c'])
  c.resign()
})
