import { pino, type LevelWithSilent, type Logger } from 'pino'
import pretty from 'pino-pretty'

const STDERR = 2
const STACK_LINES = 8

/** Logs go to stderr, since stdout has the lines for people: readable on a terminal, JSON elsewhere. Ids, never contents. */
export function createLogger(level: LevelWithSilent): Logger {
  const destination = process.stderr.isTTY
    ? pretty({ destination: STDERR, sync: true })
    : pino.destination({ dest: STDERR, sync: true })
  return pino({ level, base: null, serializers: { err: describeError } }, destination)
}

/** An error's kind and where it happened: the message of a foreign error can quote what somebody typed. */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { type: typeof error }
  const lines = error.stack?.split('\n').filter((line) => line.startsWith('    at ')) ?? []
  return {
    type: error.name,
    ...('code' in error ? { code: error.code } : {}),
    ...(error.name === 'FarhandError' ? { message: error.message } : {}),
    stack: lines.slice(0, STACK_LINES).join('\n'),
    ...(error.cause === undefined ? {} : { cause: describeError(error.cause) }),
  }
}
