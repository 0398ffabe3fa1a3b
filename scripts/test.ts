import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { runTests } from './test/runTests.ts'

/** `npm test`: everything, browsers included. The last line is `N passed, N failed`. */
const root = join(import.meta.dirname, '..')
const reports = join(root, 'node_modules/.cache/farhand/tests')
// Reports of an earlier run must not be counted again.
await rm(reports, { recursive: true, force: true })
await mkdir(reports, { recursive: true })
const { passed, failed } = await runTests({ root, reports, env: process.env })
process.stdout.write(`\n${passed} passed, ${failed} failed\n`)
process.exitCode = failed === 0 ? 0 : 1
