import { execa } from 'execa'
import { parseArgs } from 'node:util'
import { ROOT } from './files.ts'
import { chooseSteps, summary, type Result, type Step } from './steps.ts'

const STEP_TIMEOUT_MS = 10 * 60_000

/**
 * `npm run check`: every step, however many fail; what a failed one said, and a summary with the totals in the last
 * line. `-- --only lint,types` and `-- --without unit,build` choose.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { only: { type: 'string' }, without: { type: 'string' } } })
  const results: Result[] = []
  for (const step of chooseSteps(values.only, values.without)) {
    process.stdout.write(`${step.name} … `)
    const result = await runStep(step)
    console.log(`${result.passed ? 'ok' : 'FAILED'} (${(result.durationMs / 1000).toFixed(1)} s)`)
    if (!result.passed || step.tells) console.log(result.output.replaceAll(/^/gm, '    '))
    results.push(result)
  }
  console.log(`\n${summary(results)}`)
  if (results.some((result) => !result.passed)) process.exitCode = 1
}

/** Runs in a process of its own; a step that hangs is ended and fails. */
async function runStep({ name, command }: Step): Promise<Result> {
  const [file = '', ...args] = command
  const { exitCode, durationMs, all, shortMessage, timedOut } = await execa(file, args, {
    cwd: ROOT,
    preferLocal: true,
    stdin: 'ignore',
    all: true,
    reject: false,
    timeout: STEP_TIMEOUT_MS,
    ...(process.stdout.isTTY && { env: { FORCE_COLOR: '1' } }),
  })
  const output = exitCode === undefined || timedOut ? `${all ?? ''}\n${shortMessage ?? ''}` : (all ?? '')
  return { name, passed: exitCode === 0, durationMs, output: output.trim() }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 2
})
