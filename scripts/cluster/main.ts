import { join } from 'node:path'
import { listenForTheEnd } from '../up/ending.ts'
import { UsageError } from '../up/options.ts'
import { runCluster } from './run.ts'

/** `npm run cluster`: the demo over two relays, with what they need below them and a balancer before them. */
const ending = listenForTheEnd()
process.exitCode = await main()

async function main(): Promise<number> {
  try {
    await runCluster({
      root: join(import.meta.dirname, '..', '..'),
      args: process.argv.slice(2),
      env: process.env,
      print: (text) => process.stdout.write(text),
      ...ending,
    })
    return 0
  } catch (error) {
    if (ending.stop.aborted) return 0
    const said = error instanceof UsageError ? error.message : `The relays could not be started: ${String(error)}`
    process.stderr.write(`${said}\n`)
    return 1
  }
}
