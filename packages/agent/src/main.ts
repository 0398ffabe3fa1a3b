#!/usr/bin/env node
import { existsSync } from 'node:fs'
import { homedir, hostname } from 'node:os'
import { join, resolve } from 'node:path'
import { openSpans } from '@farhand/shared/tracing'
import { HELP, parseCommandLine, type Flags } from './cli.ts'
import { loadConfig, loadPlaces } from './config.ts'
import { createLogger } from './logger.ts'
import { createGit } from './machine/git.ts'
import { testPolicy } from './policy/dryRun.ts'
import { EXIT_DAMAGED, runAgent } from './run.ts'
import { isDamage } from './spool/damage.ts'
import { createTracing } from './tracing/tracing.ts'
import { AGENT_VERSION } from './version.ts'
import { listWorktrees, removeWorktree } from './worktrees/leftWorktrees.ts'
import { worktreesIn } from './worktrees/worktrees.ts'

/** After this long a stop that hangs is a crash, which the next start knows how to deal with. */
const STOP_MS = 10_000
const EXIT_FAILURE = 1
/** Only Farhand's own: a project's `.env` must not choose the program that runs there. */
const ENV_FILE = join(import.meta.dirname, '..', '..', '..', '.env')

try {
  process.exit(await main(process.argv.slice(2)))
} catch (error) {
  // One line for the person who started it; the whole error only where somebody looks for a fault of ours.
  process.stderr.write(`farhand-agent: ${error instanceof Error ? error.message : String(error)}\n`)
  if (process.env['LOG_LEVEL'] === 'debug' && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`)
  process.exit(EXIT_FAILURE)
}

async function main(args: string[]): Promise<number> {
  const invocation = parseCommandLine(args)
  switch (invocation.action) {
    case 'help':
      process.stdout.write(HELP)
      return 0
    case 'version':
      process.stdout.write(`${AGENT_VERSION}\n`)
      return 0
    case 'run':
      return run(invocation.flags)
    case 'policy_test':
      return testPolicy({ ...loadPlaces({ ...surroundings(), flags: invocation.flags }), home: homedir() }, print)
    case 'worktrees': {
      const { dir } = loadPlaces({ ...surroundings(), flags: invocation.flags })
      const git = createGit({ PATH: process.env['PATH'] ?? '', HOME: homedir() })
      return invocation.remove === undefined
        ? listWorktrees({ dir, git }, print)
        : removeWorktree({ dir, git }, resolve(worktreesIn(dir), invocation.remove), print)
    }
    default:
      return invocation satisfies never
  }
}

/** Until a signal comes, or the agent gives up. */
async function run(flags: Flags): Promise<number> {
  const config = loadConfig({ ...surroundings(), flags, host: hostname() })
  const logger = createLogger(config.logLevel)
  const spans = await openSpans(config.env, 'farhand-agent')
  const tracing = spans && createTracing(spans)
  const stopped = firstSignal()
  for (;;) {
    const damaged = firstDamage()
    const agent = await runAgent({ config, logger, print, tracing, probeDrift: true })
    const exitCode = await Promise.race([agent.ended, stopped, damaged])
    const hanging = setTimeout(() => process.exit(EXIT_FAILURE), STOP_MS)
    await agent.close().catch((error: unknown) => {
      if (!isDamage(error)) throw error
    })
    clearTimeout(hanging)
    if (exitCode !== EXIT_DAMAGED) await spans?.close()
    // With a new database, or not at all: the next start puts the damaged one aside.
    if (exitCode !== EXIT_DAMAGED) return exitCode
  }
}

/**
 * A damaged database may be met wherever something is read, also where nobody waits for an answer: then the agent is
 * started once more. Every other error that nobody expected ends the program, as it would without us.
 */
function firstDamage(): Promise<number> {
  return new Promise((resolve) => {
    process.removeAllListeners('uncaughtException')
    process.on('uncaughtException', (error) => {
      if (isDamage(error)) return resolve(EXIT_DAMAGED)
      process.stderr.write(`${error.stack ?? String(error)}\n`)
      process.exit(EXIT_FAILURE)
    })
  })
}

function surroundings(): { env: NodeJS.ProcessEnv; cwd: string; home: string } {
  if (existsSync(ENV_FILE)) process.loadEnvFile(ENV_FILE)
  const { env } = process
  // npm starts us in the package's directory, and says where the person was.
  return { env, cwd: env['INIT_CWD'] ?? process.cwd(), home: homedir() }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

/** Resolves with the exit code at the first signal. The second one does not wait for anything. */
function firstSignal(): Promise<number> {
  return new Promise((resolve) => {
    let signals = 0
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        signals += 1
        if (signals > 1) process.exit(EXIT_FAILURE)
        process.stdout.write('Stopping; a second signal ends at once\n')
        resolve(0)
      })
    }
  })
}
