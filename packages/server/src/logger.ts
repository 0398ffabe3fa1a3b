import { createRequire } from 'node:module'
import { pino, type DestinationStream, type Logger } from 'pino'
import type { LogLevel } from './config.ts'

export type { Logger }

/** Logs go to stderr, because stdout is for people. They hold ids and codes, never contents, tokens or addresses with secrets. */
export function createLogger(level: LogLevel, destination?: DestinationStream): Logger {
  const options = { level, base: null, serializers: { err: describeError } }
  if (destination !== undefined) return pino(options, destination)
  if (process.stderr.isTTY && isInstalled('pino-pretty')) {
    const target = { target: 'pino-pretty', options: { destination: 2, ignore: 'pid,hostname', singleLine: true } }
    return pino({ ...options, transport: target })
  }
  return pino(options, pino.destination({ dest: 2, sync: true }))
}

/** An error as a log may hold it: its kind and where it happened. Messages of foreign errors can quote contents. */
function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { type: typeof error }
  const { name, stack, cause } = error
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  return {
    type: name,
    ...(code === undefined ? {} : { code }),
    ...(name === 'FarhandError' ? { message: error.message } : {}),
    stack: stack
      ?.split('\n')
      .filter((line) => line.startsWith('    at '))
      .slice(0, 8)
      .join('\n'),
    ...(cause === undefined ? {} : { cause: describeError(cause) }),
  }
}

function isInstalled(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name)
    return true
  } catch {
    return false // pretty logs are a comfort; without it they are JSON
  }
}
