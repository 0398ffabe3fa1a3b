import { execa } from 'execa'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'

const SCRIPT = pathToFileURL(`${import.meta.dirname}/need-node.mjs`).href

test('the Node that comes with the project is good enough', async () => {
  const { exitCode, stdout, stderr } = await underNode(process.versions.node)
  expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 0, stdout: '', stderr: '' })
})

test.each([
  ['22.22.0', /brings its own Node.*`npm install`/],
  ['20.19.0', /brings its own Node.*`npm install`/],
  ['20.18.3', /needs Node 20\.19 or newer to install itself/],
  ['16.20.2', /needs Node 20\.19 or newer to install itself/],
])('under Node %s it says what to do in one line', async (version, sentence) => {
  const { exitCode, stderr } = await underNode(version)
  expect(exitCode).toBe(1)
  expect(stderr).toMatch(sentence)
  expect(stderr.split('\n')).toHaveLength(1)
})

/** Older ones aren't at hand everywhere, so the version is only pretended. */
function underNode(version: string) {
  const pretend = `Object.defineProperty(process, 'versions', { value: { node: '${version}' } }); await import('${SCRIPT}')`
  return execa(process.execPath, ['--input-type=module', '--eval', pretend], { reject: false })
}
