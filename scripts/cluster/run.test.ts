import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'

test('without the programs that it needs it says which they are', async () => {
  const main = join(import.meta.dirname, 'main.ts')
  const { exitCode, stderr } = await execa(process.execPath, [main], {
    env: { PATH: '/nowhere' },
    extendEnv: false,
    reject: false,
  })
  expect(stderr).toMatch(/^Several relays need a Postgres and a Redis\. Install .*redis-server/)
  expect(exitCode).toBe(1)
})
