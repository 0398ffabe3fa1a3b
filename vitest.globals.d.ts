/**
 * Announces that this test makes the code say something on the console, which fails a test otherwise.
 * Call it before the act; the test fails as well when nothing matching was said. See vitest.setup.ts.
 */
declare function expectConsole(level: 'warn' | 'error', pattern: RegExp): void
