import { describe, expect, test } from 'vitest'
import { loadConfig } from './config.ts'

test('all defaults', () => {
  expect(loadConfig({})).toEqual({
    host: '127.0.0.1',
    port: 3000,
    dataDir: './data',
    databaseUrl: undefined,
    redisUrl: undefined,
    attachmentsDir: 'data/attachments',
    publicUrl: undefined,
    allowedOrigins: [],
    ownerToken: undefined,
    agentToken: undefined,
    logLevel: 'info',
    enableWebSocket: true,
    heartbeatIntervalMs: 10_000,
    lan: false,
    enablePush: true,
    pushContact: undefined,
  })
})

test('an empty value is none', () => {
  const names = [
    'HOST',
    'PORT',
    'DATA_DIR',
    'PUBLIC_URL',
    'ALLOWED_ORIGINS',
    'OWNER_TOKEN',
    'DATABASE_URL',
    'REDIS_URL',
  ]
  expect(loadConfig(Object.fromEntries(names.map((name) => [name, ' '])))).toEqual(loadConfig({}))
})

test('values and flags', () => {
  const env = {
    PORT: '0',
    DATABASE_URL: 'postgres://farhand:secret@db.example/farhand',
    ALLOWED_ORIGINS: 'https://a.example, http://localhost:5173',
    ENABLE_WEBSOCKET: 'false',
    WS_HEARTBEAT_INTERVAL: '5000',
  }
  expect(loadConfig(env, { host: '::1', port: '8080' })).toMatchObject({
    host: '::1',
    port: 8080,
    databaseUrl: 'postgres://farhand:secret@db.example/farhand',
    allowedOrigins: ['https://a.example', 'http://localhost:5173'],
    enableWebSocket: false,
    heartbeatIntervalMs: 5_000,
    lan: false,
  })
  expect(loadConfig({ HOST: '127.0.0.1' }, { lan: true })).toMatchObject({ host: '0.0.0.0', lan: true })
  expect(loadConfig({ HOST: '192.168.1.5' })).toMatchObject({ host: '192.168.1.5', lan: true })
})

describe('a malformed value names its variable and what it expects, and never itself', () => {
  test.each([
    ['PORT', '70000', 'a number from 0 to 65535'],
    ['PORT', '80a', 'a number from 0 to 65535'],
    ['PUBLIC_URL', 'farhand.example.com', 'http:// or https://'],
    ['PUBLIC_URL', 'ftp://farhand.example.com', 'http:// or https://'],
    ['PUBLIC_URL', 'https://farhand.example.com/below', 'no path'],
    ['ALLOWED_ORIGINS', 'https://a.example,*', 'separated by commas'],
    ['OWNER_TOKEN', 'secret-but-short', 'at least 32 characters'],
    ['AGENT_TOKEN', 'secret-but-short', 'at least 32 characters'],
    ['LOG_LEVEL', 'loud', 'info'],
    ['ENABLE_WEBSOCKET', 'yes', 'true or false'],
    ['WS_HEARTBEAT_INTERVAL', '10', 'milliseconds'],
    ['DATABASE_URL', 'mysql://secret@db/farhand', 'begins with postgres://'],
    ['DATABASE_URL', 'secret@db/farhand', 'begins with postgres://'],
    ['REDIS_URL', 'http://secret@db', 'begins with redis:// or rediss://'],
    ['REDIS_URL', 'redis://secret@db', 'set DATABASE_URL too'],
  ])('%s=%s', (name, value, expected) => {
    const load = () => loadConfig({ [name]: value })
    expect(load).toThrow(name)
    expect(load).toThrow(expected)
    expect(load).not.toThrow(value.length > 5 ? value : 'secret')
  })
})

test('push services may turn to who is named for them, or to the address of the page where that is https', () => {
  const contact = (env: Record<string, string>) => loadConfig(env).pushContact
  expect(contact({ PUBLIC_URL: 'https://farhand.example.com' })).toBe('https://farhand.example.com')
  expect(contact({ PUBLIC_URL: 'http://farhand.example.com' })).toBeUndefined()
  expect(contact({ PUBLIC_URL: 'https://farhand.example.com', PUSH_CONTACT: 'mailto:me@example.com' })).toBe(
    'mailto:me@example.com',
  )
  expect(loadConfig({ ENABLE_PUSH: 'false' }).enablePush).toBe(false)
  for (const PUSH_CONTACT of ['me@example.com', 'http://example.com', 'mailto:me'])
    expect(() => loadConfig({ PUSH_CONTACT })).toThrow(/PUSH_CONTACT is not valid/)
})
