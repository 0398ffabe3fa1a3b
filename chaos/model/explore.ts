import fc from 'fast-check'
import type { Code } from './code.ts'
import { brokenInvariant } from './invariants.ts'
import { perform, schedules, type Step } from './steps.ts'
import type { Violation } from './truth.ts'
import { connectAll, heal } from './working.ts'
import { newWorld, type World } from './world.ts'

/** Runs one schedule, lets everything heal, and says what is wrong then. The same schedule gives the same answer. */
export function runSchedule(code: Code, steps: readonly Step[]): { world: World; violation: Violation | undefined } {
  const world = newWorld(code)
  connectAll(world)
  for (const step of steps) perform(world, step)
  const quiet = heal(world)
  const violation = brokenInvariant(world, quiet)
  if (violation !== undefined) return { world, violation }
  // Twice, so that everything has its age. Who comes later must see what those saw who watched.
  world.relay?.compact()
  world.relay?.compact()
  return { world, violation: brokenInvariant(world, quiet) }
}

export type Exploration = {
  schedules: number
  steps: number
  /** The shortest schedule that shrinking found, and where it came from. */
  found?: { violation: Violation; seed: number; after: number; shortest: Step[] }
}

/**
 * Runs random schedules until one breaks something, and shrinks that one.
 *
 * @param shrink whether to look for a shorter one; a gate only wants to know whether there is any
 */
export function explore(
  code: Code,
  options: { schedules: number; seed: number; shrink: boolean; only?: (violation: Violation) => boolean },
): Exploration {
  let count = 0
  let steps = 0
  const found = fc.check(
    fc.property(schedules, (schedule) => {
      count += 1
      steps += schedule.length
      const { violation } = runSchedule(code, schedule)
      return violation === undefined || options.only?.(violation) === false
    }),
    { numRuns: options.schedules, seed: options.seed, endOnFailure: !options.shrink },
  )
  const shortest = found.counterexample?.[0]
  if (!found.failed || shortest === undefined) return { schedules: count, steps }
  const { violation } = runSchedule(code, shortest)
  if (violation === undefined) throw new Error('a schedule gave two different answers')
  return { schedules: count, steps, found: { violation, seed: options.seed, after: found.numRuns, shortest } }
}
