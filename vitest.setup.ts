import { afterAll, afterEach, beforeEach, vi } from 'vitest'
import { consoleGuard } from './scripts/check/consoleGuard.ts'

/** An unexpected `console.warn` or `console.error` fails the test in which it was said. */
const guard = consoleGuard(console)

globalThis.expectConsole = guard.expect
beforeEach(guard.begin)
afterEach(guard.end)
// What a file's last test has set would go on to the next file of the same worker.
afterAll(() => vi.unstubAllEnvs())
