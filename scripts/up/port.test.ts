import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { UsageError } from './options.ts'
import { claimPort } from './port.ts'

test('a port in use is one clear line', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  const claim = claimPort('127.0.0.1', port)
  await expect(claim).rejects.toThrow(UsageError)
  await expect(claim).rejects.toThrow(new RegExp(`^Port ${port} is in use already: .*PORT=${port + 1}.$`))
  other.close()
  await once(other, 'close')
  await expect(claimPort('127.0.0.1', port)).resolves.toBe(port)
})

test('an address that is not this machine’s is one clear line', async () => {
  await expect(claimPort('192.0.2.1', 3000)).rejects.toThrow(/^This machine has no address 192\.0\.2\.1/)
})

test('0 is any free port', async () => {
  expect(await claimPort('127.0.0.1', 0)).toBeGreaterThan(1023)
})
