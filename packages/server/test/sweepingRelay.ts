import { createApp, createLogger, loadConfig, openSqliteStore } from '../src/index.ts'

/** A relay on a data directory that does in tenths of a second what others do in minutes: it deletes by rules, and drops previews. */
const EVERY_MS = 100

const config = loadConfig({ ...process.env, PORT: '0' })
const logger = createLogger(config.logLevel)
const store = await openSqliteStore({ dataDir: config.dataDir })
const app = await createApp({ config, store, logger, retentionEveryMs: EVERY_MS, compactEveryMs: EVERY_MS })
const { url } = await app.listen()
process.stdout.write(`ready at ${url}\n`)
