import { expect, test } from 'vitest'
import { REAL } from './code.ts'
import { explore, runSchedule } from './explore.ts'
import { FAULTS } from './faults.ts'
import { GATE_SCHEDULES, gate } from './gate.ts'
import type { Step } from './steps.ts'

const SCHEDULES = 5_000
/** Both take about 20 s on two cores. */
const TIMEOUT_MS = 120_000

/** Schedules that found a fault in the product, as they were shrunk, with the fault that brings it back. */
const ONCE_BROKEN: readonly { title: string; fault: string; steps: Step[] }[] = [
  {
    title: '[AG4] a gap is no acknowledgement: what failed to be stored is sent again, not forgotten',
    fault: 'agent takes a gap for an acknowledgement',
    steps: [
      ['type', 0, 0],
      ['crash', 1, 0],
      ['boot', 1, 0],
      ['goes on', 2, 0],
      ['dial', 0, 0],
      ['deliver', 0, 0],
      ['relay', 0, 0],
      ['deliver', 0, 0],
      ['deliver', 0, 0],
      ['claude', 0, 0],
      ['commits fail', 11, 0],
      ['deliver', 0, 0],
    ],
  },
  {
    title: '[CMD2] a command that the agent has begun does not expire, so that its requests stay open',
    fault: 'expires what the agent has begun',
    steps: [
      ['type', 6, 13],
      ['goes on', 1, 0],
      ['commits fail', 0, 0],
      ['boot', 0, 0],
    ],
  },
  {
    title: '[CMD5] a cancel that came before its command holds across a crash of the agent',
    fault: 'agent is done with a cancel before its command is',
    steps: [
      ['type', 3, 0],
      ['browser keeps', 3, 0],
      ['cancel', 0, 15],
      ['goes on', 1, 0],
      ['crash', 13, 0],
      ['agent commits', 0, 0],
    ],
  },
]

test(`the deciding code keeps every invariant in ${SCHEDULES} random schedules`, { timeout: TIMEOUT_MS }, () => {
  const { found, schedules } = explore(REAL, { schedules: SCHEDULES, seed: 1, shrink: true })
  expect(found).toBeUndefined()
  expect(schedules).toBe(SCHEDULES)
})

test.each(ONCE_BROKEN)('$title', ({ fault, steps }) => {
  const broken = FAULTS.find(({ name }) => name === fault)
  expect(broken && runSchedule(broken.change(REAL), steps).violation).toBeDefined()
  expect(runSchedule(REAL, steps).violation).toBeUndefined()
})

test(`each of ${FAULTS.length} faults is found within ${GATE_SCHEDULES} schedules`, { timeout: TIMEOUT_MS }, () => {
  const surviving = gate().flatMap(({ fault, found }) => (found === undefined ? [fault.name] : []))
  expect(surviving).toEqual([])
})

test('what finds the faults finds nothing in the real code', { timeout: TIMEOUT_MS }, () => {
  for (const seed of new Set(FAULTS.map((fault) => fault.seed))) {
    expect(explore(REAL, { schedules: GATE_SCHEDULES, seed, shrink: false }).found, `seed ${seed}`).toBeUndefined()
  }
})

test('the same seed gives the same search', () => {
  const [first, second] = [1, 2].map(() => explore(REAL, { schedules: 20, seed: 7, shrink: false }))
  expect(first).toEqual(second)
})
