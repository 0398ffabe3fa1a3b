/** What other programs start the relay with: the command line, tests, benchmarks. */
export { createApp, type App, type AppOptions } from './app.ts'
export { loadConfig, type Config, type Flags } from './config.ts'
export { createLogger, type Logger } from './logger.ts'
export { openSqliteStore } from './log/sqliteStore.ts'
export type { Store } from './log/store.ts'
export { createTokens } from './auth/tokens.ts'
