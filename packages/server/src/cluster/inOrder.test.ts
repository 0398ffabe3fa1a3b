import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { UNKNOWN, noteRead, take, type Followed, type Run } from './inOrder.ts'

type E = { seq: number }

const runOf = (after: number, to: number): Run<E> => ({
  after,
  to,
  entries: Array.from({ length: to - after }, (_, index) => ({ seq: after + 1 + index })),
})

/** The log cut into commits. */
const commits = fc
  .array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 12 })
  .map((lengths) =>
    lengths.map((length, index) => ({ length, after: lengths.slice(0, index).reduce((a, b) => a + b, 0) })),
  )
  .map((parts) => parts.map(({ length, after }) => runOf(after, after + length)))

function tell(runs: readonly Run<E>[], start: Followed<E>): { told: number[]; followed: Followed<E> } {
  let followed = start
  const told: number[] = []
  for (const run of runs) {
    const taken = take(followed, run)
    followed = taken.followed
    told.push(...taken.ready.map(({ seq }) => seq))
  }
  return { told, followed }
}

describe('commits of several relays', () => {
  test('[LOG4] in any order, twice and with losses: what is told is told once and in order, and a page of the log completes it', () => {
    const heard = commits.chain((all) =>
      fc.record({
        all: fc.constant(all),
        runs: fc.array(fc.constantFrom(...all), { maxLength: 30 }),
        head: fc.integer({ min: 0, max: all.at(-1)?.to ?? 0 }),
      }),
    )
    fc.assert(
      fc.property(heard, ({ all, runs, head }) => {
        const { told, followed } = tell(runs, noteRead(UNKNOWN, head))
        expect(told).toEqual(told.map((_, index) => head + 1 + index))
        const end = all.at(-1)?.to ?? 0
        const rest = take(followed, runOf(followed.told ?? 0, end))
        expect([...told, ...rest.ready.map(({ seq }) => seq)]).toEqual(runOf(head, end).entries.map(({ seq }) => seq))
        expect(rest.followed.held).toEqual([])
      }),
    )
  })

  test('[LOG4] all of them in any order leave no gap', () => {
    const shuffled = commits.chain((all) =>
      fc.record({ all: fc.constant(all), runs: fc.shuffledSubarray(all, { minLength: all.length }) }),
    )
    fc.assert(
      fc.property(shuffled, ({ all, runs }) => {
        const { told, followed } = tell(runs, noteRead(UNKNOWN, 0))
        expect(told).toEqual(all.flatMap(({ entries }) => entries.map(({ seq }) => seq)))
        expect(followed.held).toEqual([])
      }),
    )
  })

  test('of a session that nothing is known of, what comes first is told', () => {
    const { told, followed } = tell([runOf(7, 9), runOf(5, 7)], UNKNOWN)
    expect(told).toEqual([8, 9])
    expect(followed).toMatchObject({ told: 9, held: [] })
  })

  test('of two who came at once, the one that read less counts, until something was told to both', () => {
    const read = noteRead(noteRead(UNKNOWN, 8), 5)
    const { told, followed } = tell([runOf(5, 9)], read)
    expect(told).toEqual([6, 7, 8, 9])
    expect(noteRead(followed, 3).told).toBe(9)
  })

  test('what is superseded leaves no gap', () => {
    const page: Run<E> = { after: 2, to: 9, entries: [{ seq: 5 }, { seq: 9 }] }
    expect(tell([page, runOf(9, 10)], noteRead(UNKNOWN, 2)).told).toEqual([5, 9, 10])
  })
})
