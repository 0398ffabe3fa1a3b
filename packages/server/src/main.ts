#!/usr/bin/env node
import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { FarhandError } from '@farhand/shared'
import { openSpans } from '@farhand/shared/tracing'
import { createApp, type App } from './app.ts'
import { loadConfig, type Config } from './config.ts'
import { openStore } from './log/openStore.ts'
import type { Store } from './log/store.ts'
import { createLogger, type Logger } from './logger.ts'
import { MAINTENANCE } from './maintenance.ts'
import { changeRetention } from './retentionCommand.ts'
import { changeTokens, signOutAll } from './rights.ts'

const HELP = `Usage: farhand-server [--host NAME] [--port N] [--lan] [--standby]
       farhand-server token owner|agent [--name NAME] | token list | token remove ID
       farhand-server logout --all
       farhand-server retention [PROJECT|default] [--days N] [--size SIZE] [--keep] [--none] [--yes]
       farhand-server backup FILE | restore FILE | check | migrate

Starts the relay, or says who may come in, or works on its data directory (DATA_DIR):

  token owner|agent   makes a token and prints it once
  token list          says which there are, without their text
  token remove ID     takes one away, with the browsers that signed in with it
  logout --all        signs every browser out, also those that came in by a link

  retention           says by which rules sessions are deleted; for a project, which ones, now and next
    --days N          those in which nothing happened for N days
    --size SIZE       the oldest, where the project's log is larger (500MB, 2GB)
    --keep, --none    keeps everything; or takes the rule away, so that the default counts
    --yes             sets the rule, once it was said what it would delete

All of these also while the relay runs.

  backup FILE   copies the store into a new file, also while the relay runs
  restore FILE  puts such a copy back; the relay must not run, and the present store is kept beside it
  check         reads the whole store and says whether it is in order, also while the relay runs
  migrate       copies the store of DATA_DIR into the empty Postgres database of DATABASE_URL; no relay may run

  --host NAME   the address to listen on (HOST, 127.0.0.1)
  --port N      the port (PORT, 3000)
  --lan         listen on all addresses, so that other devices of this network can connect
  --standby     waits while another relay serves the database of DATABASE_URL, and goes on in its place; with REDIS_URL
                none stands by, all are active
  --name NAME   a name for the token, as it will be shown

The other settings are environment variables; .env.example lists them.`

const CLOSE_LIMIT_MS = 10_000

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`farhand-server: ${explain(error)}\n`)
  process.exit(1)
})

async function main(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      host: { type: 'string' },
      port: { type: 'string' },
      lan: { type: 'boolean' },
      standby: { type: 'boolean' },
      name: { type: 'string' },
      all: { type: 'boolean' },
      days: { type: 'string' },
      size: { type: 'string' },
      keep: { type: 'boolean' },
      none: { type: 'boolean' },
      yes: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help === true) return say(HELP)
  if (existsSync('.env')) process.loadEnvFile('.env')
  const config = loadConfig(process.env, values)
  const [command, ...rest] = positionals
  const open = (): Promise<Store> => openStore(config, { serves: 'beside' })
  if (command === undefined) return await start(config, values.standby ?? false)
  if (isMaintenance(command)) return say(await MAINTENANCE[command](config, rest))
  if (command === 'token') return say(await changeTokens(open, rest, values.name))
  if (command === 'logout' && values.all === true && rest.length === 0) return say(await signOutAll(open))
  if (command === 'retention') return say(await changeRetention(open, rest, values))
  throw new FarhandError('BAD_REQUEST', HELP)
}

async function start(config: Config, standby: boolean): Promise<void> {
  const logger = createLogger(config.logLevel)
  const onWait = (error: unknown): void => logger.warn({ err: error }, 'waiting for the database')
  const over = Promise.withResolvers<string>()
  const store = await openStore(config, {
    serves: config.redisUrl === undefined ? 'alone' : 'together',
    standby,
    onWait,
    onTakenOver: () => over.resolve('another relay serves the database now: this one ends'),
    onReplaced: () =>
      over.resolve('the log in the database is another one now: this relay ends, to begin anew with it'),
  })
  const spans = await openSpans(process.env, 'farhand-relay')
  const app = await createApp({ config, store, logger, spans })
  const { url } = await app.listen()
  // Before it says that it is ready: whoever reads that may end it at once.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop(app, logger))
  void over.promise.then((why) => {
    logger.fatal(why)
    stop(app, logger, START_AGAIN)
  })
  say(`Farhand server is ready at ${url}`)
  say(`Login link (works once): ${await patiently(app.loginLink, logger)}`)
  if (config.lan) say(LAN_WARNING)
}

/** The database may go away just now, and the relay goes on without it. */
async function patiently(makeLink: App['loginLink'], logger: Logger): Promise<string> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await makeLink()
    } catch (error) {
      if (tries === 1) logger.warn({ err: error }, 'the login link has to wait')
      await sleep(RETRY_MS)
    }
  }
}

const RETRY_MS = 1_000

const LAN_WARNING = `Everyone on this network can reach the login page, and without TLS what is sent is not encrypted.
Use a network that you trust, or put TLS in front and set PUBLIC_URL.`

/** Tells a supervisor to start it again: to stand by, or with the log that is there now. */
const START_AGAIN = 1

function stop(app: App, logger: ReturnType<typeof createLogger>, exitCode = 0): void {
  logger.info('closing')
  // A second signal then ends the process at once, as it would by default.
  setTimeout(() => process.exit(1), CLOSE_LIMIT_MS).unref()
  app.close().then(
    () => process.exit(exitCode),
    (error: unknown) => {
      logger.error({ err: error }, 'closing failed')
      process.exit(1)
    },
  )
}

function isMaintenance(command: string): command is keyof typeof MAINTENANCE {
  return Object.hasOwn(MAINTENANCE, command)
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** One line for people about what they can change. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error ? error.code : undefined
  switch (code) {
    case 'EADDRINUSE':
      return `The port is in use already (${error.message.replace(/^.*EADDRINUSE: /, '')}). Stop the other program or choose another PORT.`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return 'HOST is not an address of this machine.'
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
    case 'ENOSPC':
    case 'ENOENT':
    case 'ENOTDIR':
    case 'EEXIST':
      return `This cannot be used: ${error.message}. Check DATA_DIR and PORT.`
    default:
      return error.message
  }
}
