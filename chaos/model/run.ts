import { parseArgs } from 'node:util'
import { REAL } from './code.ts'
import { explore } from './explore.ts'

const DEFAULT_SCHEDULES = 20_000
/** fast-check keeps what it ran; several smaller searches keep memory even. */
const PER_SEARCH = 2_000
const MAX_TOLD = 10

const { values } = parseArgs({ options: { schedules: { type: 'string' }, seed: { type: 'string' } } })
const wanted = Number(values.schedules ?? DEFAULT_SCHEDULES)
const first = Number(values.seed ?? Date.now() % 1_000_000)

const startedAt = performance.now()
let done = 0
let steps = 0
let violations = 0
for (let seed = first; done < wanted; seed += 1) {
  const result = explore(REAL, { schedules: Math.min(PER_SEARCH, wanted - done), seed, shrink: true })
  done += result.found?.after ?? result.schedules
  steps += result.steps
  if (result.found === undefined) continue
  violations += 1
  if (violations > MAX_TOLD) continue
  const { violation, after, shortest } = result.found
  console.log(`${violation.invariant}: ${violation.message} (seed ${seed}, schedule ${after})`)
  console.log(shortest.map((step) => `  ${JSON.stringify(step)}`).join('\n'))
}
const seconds = (performance.now() - startedAt) / 1_000
console.log(
  `${done} schedules, ${steps} steps, seeds from ${first}: ${violations} violations ` +
    `(${Math.round(done / seconds)} schedules/s)`,
)
process.exitCode = violations === 0 ? 0 : 1
