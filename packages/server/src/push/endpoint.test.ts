import { createECDH } from 'node:crypto'
import { createServer } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { createLogger } from '../logger.ts'
import { endpointProblem, isPublic, lookupPublic } from './endpoint.ts'
import { openPushKeys } from './keys.ts'
import { TEST_LETTER } from './message.ts'
import { createPost } from './post.ts'

test.each([
  ['142.250.74.10', true],
  ['2a00:1450:4001:80e::200a', true],
  ['127.0.0.1', false],
  ['10.1.2.3', false],
  ['100.64.0.1', false],
  ['172.31.255.255', false],
  ['192.168.178.1', false],
  ['169.254.169.254', false],
  ['0.0.0.0', false],
  ['255.255.255.255', false],
  ['::1', false],
  ['::', false],
  ['::ffff:127.0.0.1', false],
  ['64:ff9b::7f00:1', false],
  ['2002:7f00:1::', false],
  ['fe80::1', false],
  ['fd00::1', false],
  ['ff02::1', false],
  ['push.example', false],
])('%s is public: %s', (address, expected) => expect(isPublic(address)).toBe(expected))

test('a name that means this machine leads nowhere, whatever it looked like when it was taken', async () => {
  expect(endpointProblem('https://localhost/push', false)).toBeUndefined()
  for (const options of [{ all: true }, {}]) {
    const answer = await new Promise((resolve) => lookupPublic('localhost', options, (error) => resolve(error)))
    expect(answer).toEqual(new Error('not a public address'))
  }
})

const server = createServer((socket) => socket.destroy())
afterEach(() => void server.close())

test('nothing is sent to a name that means this machine', async () => {
  let connections = 0
  server.on('connection', () => (connections += 1))
  await new Promise<void>((listening) => server.listen(0, 'localhost', listening))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no TCP address')
  const browser = createECDH('prime256v1')
  const subscription = {
    endpoint: `https://localhost:${address.port}/push`,
    keys: { p256dh: browser.generateKeys('base64url'), auth: Buffer.alloc(16).toString('base64url') },
  }
  const keys = await openPushKeys({ pushKeys: (made) => Promise.resolve(made) }, createLogger('silent'))
  if (keys === undefined) throw new Error('no keys')
  const of = (open: boolean) => createPost({ keys, contact: 'mailto:me@example.com', open, clock: Date })
  expect(await of(false)(subscription, TEST_LETTER)).toEqual({ name: 'again', afterMs: undefined })
  expect(connections).toBe(0)
  await of(true)(subscription, TEST_LETTER) // that there was somebody to be called
  expect(connections).toBe(1)
})
