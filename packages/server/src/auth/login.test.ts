import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FarhandError } from '@farhand/shared'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createOneTime } from '../log/oneTime.ts'
import { openSqliteStore } from '../log/sqliteStore.ts'
import type { Store } from '../log/store.ts'
import { createAttempts, senderAddress } from './attempts.ts'
import { createLogin, readCookie, writeCookie, type Login } from './login.ts'
import { createTickets } from './tickets.ts'
import { createTokens, type Tokens } from './tokens.ts'

let dataDir = ''
let store: Store
let tokens: Tokens
let login: Login
let now = 1_000
const clock = { now: () => now }
const DAY_MS = 24 * 60 * 60 * 1_000

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'farhand-login-'))
  store = { ...(await openSqliteStore({ dataDir })), ...createOneTime(clock) }
  now = 1_000
  tokens = createTokens({ store, clock, randomBytes, fixed: { owner: 'o'.repeat(40), agent: 'a'.repeat(40) } })
  login = createLogin({ store, tokens, clock, randomBytes })
})
afterEach(async () => {
  await store.close()
  rmSync(dataDir, { recursive: true, force: true })
})

/** By a link, as the server prints it. */
const signIn = async () => await login.withCode((await login.newCode()).code)
const credentialOf = async (secret: string) => (await login.bySession(secret))?.credentialId ?? ''

describe('tokens', () => {
  test('a token has its prefix and 256 bits, and is kept as a hash only', async () => {
    const { token, tokenId } = await tokens.create('agent', 'box')
    expect(token).toMatch(/^fha_[\w-]{43}$/)
    expect((await tokens.create('owner')).token).toMatch(/^fho_[\w-]{43}$/)
    expect(await tokens.verify('agent', token)).toEqual({ tokenId, role: 'agent', name: 'box' })
  })

  test('a token of one role is none of the other, and nothing else is one', async () => {
    const { token } = await tokens.create('agent')
    expect(await tokens.verify('owner', token)).toBeUndefined()
    for (const wrong of ['', `${token}x`, token.slice(0, -1), token.toUpperCase()]) {
      expect(await tokens.verify('agent', wrong)).toBeUndefined()
    }
  })

  test('fixed tokens of the environment count, and their id follows their text', async () => {
    const owner = await tokens.verify('owner', 'o'.repeat(40))
    expect(owner).toMatchObject({ role: 'owner', name: 'Owner' })
    expect(await tokens.exists(owner?.tokenId ?? '')).toBe(true)
    const other = createTokens({ store, clock, randomBytes, fixed: { owner: 'p'.repeat(40) } })
    expect(await other.exists(owner?.tokenId ?? '')).toBe(false)
    expect(await other.verify('agent', 'a'.repeat(40))).toBeUndefined()
  })
})

describe('login', () => {
  test('a link works once', async () => {
    const { code } = await login.newCode()
    const cookie = await login.withCode(code)
    expect(await login.bySession(cookie)).toMatchObject({ id: 'owner', name: 'Owner' })
    await expect(login.withCode(code)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  })

  test('a link that signed nobody in, because the disk was full, still works, and not for longer', async () => {
    const full = () => Promise.reject(new FarhandError('STORAGE_UNAVAILABLE'))
    let createWebSession: Store['createWebSession'] = full
    const flaky = {
      ...store,
      createWebSession: (...args: Parameters<Store['createWebSession']>) => createWebSession(...args),
    }
    const there = createLogin({ store: flaky, tokens, clock, randomBytes })
    const [code, late] = [(await there.newCode()).code, (await there.newCode()).code]
    for (const one of [code, late])
      await expect(there.withCode(one)).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
    createWebSession = store.createWebSession
    expect(await there.bySession(await there.withCode(code))).toMatchObject({ name: 'Owner' })
    await expect(there.withCode(code)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    now += DAY_MS
    await expect(there.withCode(late)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  })

  test('a link works for a day, a wrong one never', async () => {
    const { code } = await login.newCode()
    now += DAY_MS
    await expect(login.withCode(code)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    await expect(login.withCode('guess')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  })

  test('a session ends after 30 days, and with a logout', async () => {
    const [one, two] = [await signIn(), await signIn()]
    const credentialId = (await login.bySession(one))?.credentialId ?? ''
    expect(await login.end(one)).toBe(credentialId)
    expect(await login.bySession(one)).toBeUndefined()
    expect(await login.isLive(credentialId)).toBe(false)
    now += 30 * DAY_MS - 1
    expect(await login.bySession(two)).toBeDefined()
    now += 1
    expect(await login.bySession(two)).toBeUndefined()
  })

  test('a session that came from a token carries its name, and ends when the token does', async () => {
    const cookie = await login.withToken('o'.repeat(40))
    expect(await login.bySession(cookie)).toMatchObject({ name: 'Owner' })
    await expect(login.withToken('a'.repeat(40))).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    const changed = createTokens({ store, clock, randomBytes })
    const after = createLogin({ store, tokens: changed, clock, randomBytes })
    expect(await after.bySession(cookie)).toBeUndefined()
  })

  test('a link that somebody makes is theirs: for ten minutes, one at a time, and not beyond their own rights', async () => {
    const mine = await login.bySession(await login.withToken('o'.repeat(40), 'Chrome on Linux'))
    const [first, second] = [await login.newCode(mine), await login.newCode(mine)]
    expect(second.expiresAt - now).toBe(10 * 60 * 1_000)
    await expect(login.withCode(first.code)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    const phone = await login.withCode(second.code, 'Safari on iPhone')
    expect(await login.bySession(phone)).toMatchObject({ id: mine?.id, name: 'Owner' })
    // Both came from the token, so both end with it.
    const changed = createTokens({ store, clock, randomBytes })
    expect(await createLogin({ store, tokens: changed, clock, randomBytes }).bySession(phone)).toBeUndefined()

    const late = await login.newCode(mine)
    now += 10 * 60 * 1_000
    await expect(login.withCode(late.code)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    const last = await login.newCode(mine)
    await login.endListed(({ credentialId }) => credentialId === mine?.credentialId)
    await expect(login.withCode(last.code)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  })

  test('browsers are listed with when they were last there, to the minute, and ended one by one', async () => {
    const [desk, phone] = [await signIn(), await login.withCode((await login.newCode()).code, 'Safari on iPhone')]
    const [deskId, phoneId] = [await credentialOf(desk), await credentialOf(phone)]
    now += 59_000
    expect(await login.isLive(deskId)).toBe(true)
    now += 1_000
    expect(await login.isLive(deskId)).toBe(true)
    now += 58_000
    expect(await login.isLive(deskId)).toBe(true)
    const seen = async () => (await login.list()).map(({ device, seenAt }) => [device, seenAt])
    await expect.poll(seen).toEqual([
      [undefined, 60_000],
      ['Safari on iPhone', 1_000],
    ])
    expect(await login.endListed(({ credentialId }) => credentialId === phoneId)).toEqual([phoneId])
    expect(await login.endListed(({ credentialId }) => credentialId === phoneId)).toEqual([])
    expect([await login.isLive(phoneId), await login.isLive(deskId)]).toEqual([false, true])
  })

  test('a disk that takes nothing signs nobody out', async () => {
    const full = { ...store, touchWebSession: () => Promise.reject(new FarhandError('STORAGE_UNAVAILABLE')) }
    const there = createLogin({ store: full, tokens, clock, randomBytes })
    const id = (await there.bySession(await there.withCode((await there.newCode()).code)))?.credentialId ?? ''
    expect(await there.isLive(id)).toBe(true)
  })

  test('the cookie is out of reach for scripts and other sites, and bound to https where there is https', () => {
    expect(writeCookie('v', false)).toBe('farhand=v; Max-Age=2592000; Path=/; HttpOnly; SameSite=Strict')
    expect(writeCookie('v', true)).toBe('__Host-farhand=v; Max-Age=2592000; Path=/; HttpOnly; Secure; SameSite=Strict')
    expect(writeCookie(undefined, false)).toContain('Max-Age=0')
    expect(readCookie('a=b; farhand=v', false)).toBe('v')
    expect(readCookie('farhand=v', true)).toBeUndefined()
  })
})

test('a ticket works once, for half a minute', async () => {
  const tickets = createTickets({ store, randomBytes })
  const identity = { id: 'owner', name: 'Owner', credentialId: 'web:x' }
  const ticket = await tickets.issue(identity)
  expect(await tickets.redeem(ticket)).toEqual(identity)
  expect(await tickets.redeem(ticket)).toBeUndefined()
  const late = await tickets.issue(identity)
  now += 30_000
  expect(await tickets.redeem(late)).toBeUndefined()
  expect(await tickets.redeem('guess')).toBeUndefined()
})

test('five failures a minute from one address, then not even a right proof is looked at', async () => {
  const attempts = createAttempts()
  const wrong = new FarhandError('UNAUTHENTICATED')
  const fail = () => attempts.guard('login', '10.0.0.1', () => Promise.reject(wrong))
  for (let tries = 0; tries < 5; tries++) await expect(fail()).rejects.toBe(wrong)
  await expect(attempts.guard('login', '10.0.0.1', () => Promise.resolve('right'))).rejects.toMatchObject({
    code: 'RATE_LIMITED',
    retryAfterMs: expect.any(Number) as number,
  })
  expect(await attempts.guard('login', '10.0.0.2', () => Promise.resolve('right'))).toBe('right')
  expect(await attempts.guard('agent', '10.0.0.1', () => Promise.resolve('right'))).toBe('right')
})

test('a store that is away counts against nobody', async () => {
  const attempts = createAttempts()
  const away = new FarhandError('STORAGE_UNAVAILABLE')
  for (let tries = 0; tries < 6; tries++) {
    await expect(attempts.guard('agent', '10.0.0.1', () => Promise.reject(away))).rejects.toBe(away)
  }
  expect(await attempts.guard('agent', '10.0.0.1', () => Promise.resolve('right'))).toBe('right')
})

test.each([
  ['10.0.0.9', '1.2.3.4', true, '10.0.0.9'],
  ['127.0.0.1', '6.6.6.6, 1.2.3.4', true, '1.2.3.4'],
  ['::ffff:127.0.0.1', '1.2.3.4', true, '1.2.3.4'],
  ['127.0.0.1', '1.2.3.4', false, '127.0.0.1'],
  ['127.0.0.1', undefined, true, '127.0.0.1'],
])('the sender behind %s with %s (proxy: %s) is %s', (address, forwarded, behindProxy, sender) => {
  expect(senderAddress(address, { 'x-forwarded-for': forwarded }, behindProxy)).toBe(sender)
})

test('a name that could not stand in the log is refused', async () => {
  await expect(tokens.create('owner', 'n'.repeat(101))).rejects.toMatchObject({ code: 'BAD_REQUEST' })
})
