import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { freePort } from './freePort.ts'

test('a port is nobody else’s, in this process and in another, though nothing listens there', async () => {
  // So many of 12,000 that without a claim some would be the same ones.
  const own = await Promise.all(Array.from({ length: 200 }, freePort))
  const draw = `import { freePort } from ${JSON.stringify(join(import.meta.dirname, 'freePort.ts'))}
    console.log((await Promise.all(Array.from({ length: 200 }, freePort))).join())`
  const said = execFileSync(process.execPath, ['--input-type=module', '--eval', draw], { encoding: 'utf8' })
  const all = [...own, ...said.trim().split(',').map(Number)]
  expect(new Set(all).size).toBe(400)
})

test('none of them is given to who asks for any', async () => {
  const any = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const server = createServer().listen(0, '127.0.0.1')
      await once(server, 'listening')
      const { port } = server.address() as AddressInfo // a listening TCP server has one
      server.close()
      return port
    }),
  )
  expect(Math.max(...(await Promise.all(any.map(freePort))))).toBeLessThan(Math.min(...any))
})
