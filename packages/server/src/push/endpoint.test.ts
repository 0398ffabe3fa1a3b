import { expect, test } from 'vitest'
import { endpointProblem, isPublic, lookupPublic } from './endpoint.ts'

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
