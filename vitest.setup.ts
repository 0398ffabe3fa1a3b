import { afterEach, beforeEach } from 'vitest'
import { consoleGuard } from './scripts/check/consoleGuard.ts'

/** An unexpected `console.warn` or `console.error` fails the test in which it was said. */
const guard = consoleGuard(console)

globalThis.expectConsole = guard.expect
beforeEach(guard.begin)
afterEach(guard.end)
