import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runTests } from './test/runTests.ts'

/** `npm test`: everything, browsers included. The last line is `N passed, N failed`. */
const reports = await mkdtemp(join(tmpdir(), 'farhand-tests-'))
try {
  const { passed, failed } = await runTests({ root: join(import.meta.dirname, '..'), reports, env: process.env })
  process.stdout.write(`\n${passed} passed, ${failed} failed\n`)
  process.exitCode = failed === 0 ? 0 : 1
} finally {
  await rm(reports, { recursive: true, force: true })
}
