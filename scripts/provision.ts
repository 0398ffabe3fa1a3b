import { provision } from './provision/provision.ts'

/** `node scripts/provision.ts`: brings what the tests need, or says how to get it. */
const found = await provision({ env: process.env, print: (text) => process.stdout.write(`${text}\n`) })
if (found.type === 'missing') {
  process.stderr.write(`${found.advice}\n`)
  process.exitCode = 1
}
