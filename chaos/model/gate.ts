import { parseArgs } from 'node:util'
import { REAL } from './code.ts'
import { explore, type Exploration } from './explore.ts'
import { FAULTS, type Fault } from './faults.ts'

/** So many schedules from its pinned seed must be enough to find a fault. */
export const GATE_SCHEDULES = 1_000

export type Caught = { fault: Fault; found: Exploration['found'] }

/** The model is worth something only if it finds what it should: each fault is searched from its pinned seed. */
export function gate(faults: readonly Fault[] = FAULTS, schedules = GATE_SCHEDULES): Caught[] {
  return faults.map((fault) => {
    const { found } = explore(fault.change(REAL), { schedules, seed: fault.seed, shrink: false })
    return { fault, found }
  })
}

/** Looks for the seed that finds a fault soonest. @returns undefined where none does */
export function search(fault: Fault, seeds: number, schedules: number): { seed: number; after: number } | undefined {
  let best: { seed: number; after: number } | undefined
  for (let seed = 1; seed <= seeds; seed += 1) {
    const { found } = explore(fault.change(REAL), { schedules: best?.after ?? schedules, seed, shrink: false })
    if (found !== undefined && found.after < (best?.after ?? Infinity)) best = { seed, after: found.after }
  }
  return best
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { search: { type: 'string' }, schedules: { type: 'string' }, only: { type: 'string' } },
  })
  const schedules = Number(values.schedules ?? GATE_SCHEDULES)
  for (const fault of FAULTS.filter(({ name }) => values.only === undefined || name.includes(values.only))) {
    if (values.search !== undefined) {
      const best = search(fault, Number(values.search), schedules)
      console.log(`${fault.name}: ${best === undefined ? 'NOT FOUND' : `seed ${best.seed}, schedule ${best.after}`}`)
    } else {
      const [caught] = gate([fault], schedules)
      const found = caught?.found
      const told =
        found === undefined
          ? 'SURVIVES'
          : `${found.violation.invariant} after ${found.after}: ${found.violation.message}`
      console.log(`${fault.name}: ${told}`)
      if (found === undefined) process.exitCode = 1
    }
  }
}
