import { describe, expect, test } from 'vitest'
import { agentOriginRule, allowedOrigins, browserOriginRule, isLoopback } from './origin.ts'

const base = { host: '127.0.0.1', port: 3000, publicUrl: undefined, extra: [], lanAddresses: [] }
const loopback = browserOriginRule(allowedOrigins(base))

describe('[CON5] browser origins are compared exactly', () => {
  test.each(['http://localhost:3000', 'http://127.0.0.1:3000', 'http://[::1]:3000'])(
    '%s is the page itself',
    (origin) => {
      expect(loopback({ origin })).toBe(true)
    },
  )

  test.each([
    'https://localhost:3000',
    'http://localhost:3001',
    'http://localhost',
    'http://localhost:30000',
    'http://localhost:3000.evil.example',
    'http://evil.example:3000',
    'http://evil.localhost:3000',
    'http://localhost.evil.example:3000',
    'http://127.0.0.1.nip.io:3000',
    'http://127.0.0.2:3000',
    'http://0.0.0.0:3000',
    'http://LOCALHOST:3000',
    'http://localhost:3000/',
    'http://localhost:3000 http://evil.example',
    'http://user@localhost:3000',
    'file://',
    'null',
    '',
    'chrome-extension://abcdef',
    'http://192.168.1.5:3000',
  ])('%s is refused', (origin) => {
    expect(loopback({ origin, host: 'localhost:3000' })).toBe(false)
  })

  test('a Host header that agrees with a foreign Origin helps nothing (DNS rebinding)', () => {
    expect(loopback({ origin: 'http://rebind.example:3000', host: 'rebind.example:3000' })).toBe(false)
  })

  test.each([
    [undefined, true],
    ['same-origin', true],
    ['none', true],
    ['same-site', false],
    ['cross-site', false],
    ['anything', false],
  ] as const)('without Origin, Sec-Fetch-Site %s: %s', (site, allowed) => {
    expect(loopback(site === undefined ? {} : { 'sec-fetch-site': site })).toBe(allowed)
  })

  test('PUBLIC_URL, ALLOWED_ORIGINS and the addresses of the network are added', () => {
    const rule = browserOriginRule(
      allowedOrigins({
        ...base,
        host: '0.0.0.0',
        publicUrl: 'https://farhand.example.com/',
        extra: ['http://localhost:5173', 'https://other.example:8443'],
        lanAddresses: ['192.168.1.5', 'fd00::5'],
      }),
    )
    for (const origin of [
      'https://farhand.example.com',
      'http://localhost:5173',
      'https://other.example:8443',
      'http://192.168.1.5:3000',
      'http://[fd00::5]:3000',
      'http://localhost:3000',
    ]) {
      expect(rule({ origin }), origin).toBe(true)
    }
    for (const origin of ['http://farhand.example.com', 'https://farhand.example.com:3000', 'http://0.0.0.0:3000']) {
      expect(rule({ origin }), origin).toBe(false)
    }
  })

  test('on port 80 the origin has no port, and another host has only its own name', () => {
    const origins = allowedOrigins({ ...base, host: '10.0.0.7', port: 80 })
    expect([...origins]).toEqual(['http://10.0.0.7'])
  })
})

test('[CON5] whoever sends an Origin to the agents’ path is a page, and refused', () => {
  expect(agentOriginRule({})).toBe(true)
  expect(agentOriginRule({ origin: 'http://localhost:3000' })).toBe(false)
  expect(agentOriginRule({ 'sec-fetch-site': 'same-origin' })).toBe(false)
})

test('loopback', () => {
  expect(['localhost', '127.0.0.1', '::1', '127.9.9.9'].every(isLoopback)).toBe(true)
  expect(['0.0.0.0', '::', '192.168.0.1', '127.0.0.1.evil', 'localhost.evil'].some(isLoopback)).toBe(false)
})
