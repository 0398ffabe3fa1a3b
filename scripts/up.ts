import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { listenForTheEnd } from './up/ending.ts'
import { readOptions, USAGE, UsageError } from './up/options.ts'
import { run } from './up/run.ts'

/** `npm start`, `npm run demo`, `npm run dev`: everything on this machine with one command, and one Ctrl-C. */
const root = join(import.meta.dirname, '..')
const ending = listenForTheEnd()
process.exitCode = await main()

async function main(): Promise<number> {
  try {
    const envFile = join(root, '.env')
    if (existsSync(envFile)) process.loadEnvFile(envFile)
    const options = readOptions(process.argv.slice(2), process.env)
    if (options === 'help') return say(USAGE, 0)
    const problem = await run(options, {
      root,
      calledIn: process.env.INIT_CWD ?? process.cwd(),
      env: process.env,
      print: (text) => process.stdout.write(text),
      ...ending,
    })
    return problem === undefined ? 0 : complain(problem)
  } catch (error) {
    return complain(error instanceof UsageError ? error.message : `Farhand could not start: ${String(error)}`)
  }
}

function say(text: string, code: number): number {
  process.stdout.write(text)
  return code
}

function complain(text: string): number {
  process.stderr.write(`${text}\n`)
  return 1
}
