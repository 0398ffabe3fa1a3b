import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readOptions, USAGE, UsageError } from './up/options.ts'
import { run } from './up/run.ts'

/** `npm start`, `npm run demo`, `npm run dev`: everything on this machine with one command, and one Ctrl-C. */
const root = join(import.meta.dirname, '..')
const stop = new AbortController()
const kill = new AbortController()
const LOOK_EVERY_MS = 500

// From the first moment, so that nothing is left behind when it is ended while it starts.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => (stop.signal.aborted ? kill : stop).abort())
}
if (process.env.npm_lifecycle_event !== undefined) stopWithNpm()
process.exitCode = await main()

/** npm hands a SIGTERM to its shell, which dies of it and tells nobody; only our parent's number shows it. */
function stopWithNpm(): void {
  const shell = process.ppid
  const watch = setInterval(() => process.ppid !== shell && stop.abort(), LOOK_EVERY_MS)
  watch.unref()
}

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
      stop: stop.signal,
      kill: kill.signal,
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
