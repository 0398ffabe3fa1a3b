import { expect, test } from 'vitest'
import { HEALTHY, complaintsOf, type Health } from './complaints.ts'

const MIB = 1024 * 1024

function health(part: Partial<Health>): Health {
  return { ...HEALTHY, ...part }
}

const messages = (before: Health, now: Health) =>
  complaintsOf(before, now).map(({ level, message }) => [level, message])

test('what is well says nothing', () => {
  expect(complaintsOf(HEALTHY, HEALTHY)).toEqual([])
})

test('[F33] damage is told once', () => {
  const damaged = health({ storage: { walBytes: 0, damaged: true } })
  expect(messages(HEALTHY, damaged)).toEqual([['fatal', expect.stringContaining('put a backup back')]])
  expect(complaintsOf(damaged, damaged)).toEqual([])
})

test('[F34] a write-ahead log over 256 MiB is told when it begins and when it is over', () => {
  const large = health({ storage: { walBytes: 257 * MIB, damaged: false } })
  const small = health({ storage: { walBytes: 255 * MIB, damaged: false } })
  expect(complaintsOf(HEALTHY, small)).toEqual([])
  expect(complaintsOf(small, large)).toMatchObject([{ level: 'warn', facts: { walBytes: 257 * MIB } }])
  expect(complaintsOf(large, large)).toEqual([])
  expect(complaintsOf(large, small)).toMatchObject([{ level: 'info' }])
})

test('[F35] every standstill of a second or more is told', () => {
  const stall = (maxMs: number) => health({ eventLoop: { maxMs, p99Ms: 0 } })
  expect(complaintsOf(HEALTHY, stall(999))).toEqual([])
  expect(complaintsOf(stall(5_000), stall(5_000))).toMatchObject([{ level: 'warn', facts: { maxMs: 5_000 } }])
})

test('[F37] a clock that is not that of the database is told when it begins and when it is over', () => {
  const ahead = (clockAheadMs: number) => health({ storage: { walBytes: 0, damaged: false, clockAheadMs } })
  expect(complaintsOf(HEALTHY, ahead(900))).toEqual([])
  for (const off of [3_600_000, -3_600_000]) {
    expect(complaintsOf(ahead(0), ahead(off))).toMatchObject([{ level: 'warn', facts: { clockAheadMs: off } }])
    expect(complaintsOf(ahead(off), ahead(off))).toEqual([])
    expect(complaintsOf(ahead(off), ahead(100))).toMatchObject([{ level: 'info' }])
  }
})

test('[F37] a clock that jumps is told, in either direction', () => {
  for (const jumpMs of [86_400_000, -86_400_000]) {
    expect(complaintsOf(HEALTHY, health({ clockJumpMs: jumpMs }))).toMatchObject([{ facts: { jumpMs } }])
  }
  expect(complaintsOf(HEALTHY, health({ clockJumpMs: 900 }))).toEqual([])
})
