import { expect, test } from 'vitest'
import type { Finding } from '../figures.ts'
import { MIB } from '../parts/resources.ts'
import { clientFlood, sessionFlood } from './floods.ts'
import { frozenReader } from './frozenReader.ts'
import { replay } from './replay.ts'
import { restart } from './restart.ts'
import { steady } from './steady.ts'
import { unproved } from './unproved.ts'

/** The small forms: what must hold whatever else this machine does. `npm run bench -- load` measures. */
const BUSY_MACHINE_MS = 5_000
/** Of those that start four processes, and wait for one that comes back when chance lets it. */
const TEST_MS = 120_000

function valueOf({ figures }: Finding, name: string): number {
  const found = figures.find((figure) => figure.name.includes(name))
  if (found === undefined) throw new Error(`no figure named ${name}`)
  return found.value
}

test('everything that is said arrives, at every reader', async () => {
  const finding = await steady({ sessions: 5, chunksPerSecond: 20, observers: 2, seconds: 1 })
  expect(valueOf(finding, 'p99')).toBeLessThan(BUSY_MACHINE_MS)
})

test(
  '[F14] a reader that takes nothing costs the relay no memory, and the others no time',
  { timeout: TEST_MS },
  async () => {
    const finding = await frozenReader({ bytes: 96 * MIB, warmUpBytes: 24 * MIB, bytesPerSecond: 40 * MIB })
    // A relay that kept it would hold the 96 MiB beside what it needs to work, which is not settled after so short a time.
    expect(valueOf(finding, 'growth')).toBeLessThan(100)
    expect(valueOf(finding, 'other sessions, p99')).toBeLessThan(BUSY_MACHINE_MS)
  },
)

test(
  '[F20] all clients catch up after the relay was killed under traffic, and apply nothing twice',
  { timeout: TEST_MS },
  async () => {
    const finding = await restart({ clients: 24, sessions: 6, seconds: 3 })
    expect(valueOf(finding, 'twice')).toBe(0)
    expect(valueOf(finding, 'p99')).toBeLessThan(15)
  },
)

test('[F79] a long log is read in whole, in order, page by page', async () => {
  const finding = await replay({ entries: 10_000 })
  expect(valueOf(finding, 'whole log')).toBeLessThan(BUSY_MACHINE_MS / 1000)
})

const FLOOD = { seconds: 1, bytesPerSecond: 50 * MIB, messagesPerSecond: 10_000 }

test('[F64] a session that floods does not keep the others from being heard', async () => {
  const finding = await sessionFlood(FLOOD, 'the same agent')
  expect(valueOf(finding, 'other sessions, p99')).toBeLessThan(BUSY_MACHINE_MS)
  expect(valueOf(finding, 'growth')).toBeLessThan(200)
})

test('[F80] a client that floods is read no faster than it may be, and the others go on', async () => {
  const finding = await clientFlood({ ...FLOOD, seconds: 2 })
  expect(valueOf(finding, 'other sessions, p99')).toBeLessThan(BUSY_MACHINE_MS)
  expect(valueOf(finding, 'read and refused')).toBeLessThan(3_500) // of 10,000; one read brings thousands at once
  expect(valueOf(finding, 'done')).toBeLessThan(200)
})

test('[F81] connections that prove nothing are closed, whatever they are', async () => {
  const finding = await unproved({ connections: 150 })
  for (const { name, value } of finding.figures.filter(({ unit }) => unit === 's')) expect(value, name).toBeLessThan(8)
})
