import { join, resolve } from 'node:path'
import { execa } from 'execa'
import { expect, test } from './fixtures.ts'

const CLIENT = resolve(import.meta.dirname, '../examples/minimal-client.mjs')

test('a client of the documented protocol alone runs a command to its terminal entry', async ({ house }) => {
  const { stdout, exitCode } = await execa(process.execPath, [CLIENT, 'lines 20 10 ms'], {
    cwd: join(CLIENT, '..'),
    env: { FARHAND_URL: house.url, FARHAND_TOKEN: house.ownerToken },
    timeout: 30_000,
  })
  expect(exitCode).toBe(0)
  const entries = stdout.split('\n').map((line) => {
    const [seq, kind, ...body] = line.split(' ')
    return { seq: Number(seq), kind, body: JSON.parse(body.join(' ')) as string }
  })
  expect(entries.map((entry) => entry.seq)).toEqual(entries.map((_, index) => index + 1))
  expect(entries.at(0)).toMatchObject({ kind: 'command', body: 'lines 20 10 ms' })
  expect(entries.at(-1)?.kind).toBe('run_finished')
  expect(entries.filter((entry) => entry.kind === 'text').at(-1)?.body).toContain('L000020')
})

test('a wrong token is told so and starts nothing', async ({ house }) => {
  const run = await execa(process.execPath, [CLIENT, 'echo hi'], {
    env: { FARHAND_URL: house.url, FARHAND_TOKEN: `fho_${'x'.repeat(43)}` },
    timeout: 30_000,
    reject: false,
  })
  expect(run.exitCode).toBe(1)
  expect(run.stderr).toContain('Cannot connect')
})
