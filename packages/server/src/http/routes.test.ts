import { randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { BrowserLogins, WireError } from '@farhand/shared'
import {
  OWNER_TOKEN,
  PROJECT_ID,
  getJson,
  heard,
  ok,
  openAgent,
  pause,
  responseOf,
  startRelay,
  withinLived,
  type Relay,
} from '../../test/harness.ts'
import type { Store } from '../log/store.ts'

const RIGHTS_END_MS = 1_000

let relay: Relay
let webDir = ''
beforeEach(async () => {
  webDir = mkdtempSync(join(tmpdir(), 'farhand-web-'))
  relay = await startRelay({ webDir })
})
afterEach(async () => {
  await relay.close()
  rmSync(webDir, { recursive: true, force: true })
})

const OWN = { 'X-Farhand': '1', 'Content-Type': 'application/json' }
const BEARER = { Authorization: `Bearer ${OWNER_TOKEN}`, 'Content-Type': 'application/json' }

function post(path: string, body: unknown, headers: Record<string, string> = OWN) {
  return getJson(`${relay.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
}

function errorOf(body: Record<string, unknown>): WireError {
  return body['error'] as WireError
}

/** Signed in by a link: the cookie as a browser would send it. */
async function signIn(more: Record<string, string> = {}): Promise<string> {
  const code = new URL(await relay.app.loginLink()).hash.replace('#code=', '')
  const { status, headers } = await post('/api/login', { code }, { ...OWN, ...more })
  expect(status).toBe(200)
  return headers.get('set-cookie')?.split(';')[0] ?? ''
}

/** A socket of a page that is signed in. */
async function openWith(headers: Record<string, string>) {
  const { body } = await post('/api/ticket', {}, headers)
  const socket = relay.browser({ ticket: String(body['ticket']) })
  await heard(socket, 'welcome')
  return socket
}

describe('health', () => {
  test('alive and ready', async () => {
    expect(await getJson(`${relay.url}/healthz`)).toMatchObject({ status: 200, body: { ok: true } })
    expect(await getJson(`${relay.url}/readyz`)).toMatchObject({ status: 200, body: { ok: true } })
  })

  test('whether it is ready costs one write a second, however often it is asked', async () => {
    await relay.close()
    let [writes, now] = [0, Date.now()]
    const checkWritable = (store: Store) => (): Promise<void> => {
      writes += 1
      return store.checkWritable()
    }
    const around = (store: Store): Store => ({ ...store, checkWritable: checkWritable(store) })
    relay = await startRelay({ webDir, clock: { now: () => now }, around })
    const ask = () => getJson(`${relay.url}/readyz`)
    await Promise.all([ask(), ask(), ask()])
    expect(writes).toBe(1)
    now += 1_000
    await ask()
    expect(writes).toBe(2)
  })
})

describe('login', () => {
  test('the link signs in once, the ticket opens one socket', async () => {
    const link = await relay.app.loginLink()
    expect(link).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/login#code=[\w-]{43}$/)
    const code = new URL(link).hash.replace('#code=', '')
    const first = await post('/api/login', { code })
    expect(first.headers.get('set-cookie')).toMatch(/^farhand=[\w-]{43}; .*HttpOnly; SameSite=Strict$/)
    const again = await post('/api/login', { code })
    expect([again.status, errorOf(again.body).code]).toEqual([401, 'UNAUTHENTICATED'])

    const cookie = first.headers.get('set-cookie')?.split(';')[0] ?? ''
    const { body } = await post('/api/ticket', {}, { ...OWN, Cookie: cookie })
    const ticket = String(body['ticket'])
    const socket = relay.browser({ ticket })
    expect(await heard(socket, 'welcome')).toMatchObject({ user: { id: 'owner', name: 'Owner' } })
    const second = await heard<{ data: WireError }>(relay.browser({ ticket }), 'connect_error')
    expect(second.data).toMatchObject({ code: 'UNAUTHENTICATED', retryable: false })
  })

  test('[CON6] a logout ends the session’s sockets and streams within a second, and no others', async () => {
    const [cookie, other] = [await signIn(), await signIn()]
    const ticketOf = async (value: string) =>
      String((await post('/api/ticket', {}, { ...OWN, Cookie: value })).body['ticket'])
    const [socket, stays] = [
      relay.browser({ ticket: await ticketOf(cookie) }),
      relay.browser({ ticket: await ticketOf(other) }),
    ]
    await Promise.all([heard(socket, 'welcome'), heard(stays, 'welcome')])
    const ended = Promise.all([heard(socket, 'goodbye'), heard(socket, 'disconnect')])
    const inTime = withinLived(ended, 'it is still connected', RIGHTS_END_MS)
    expect((await post('/api/logout', {}, { ...OWN, Cookie: cookie })).headers.get('set-cookie')).toContain('Max-Age=0')
    const [goodbye] = await inTime
    expect(goodbye).toMatchObject({ code: 'UNAUTHENTICATED' })
    expect((await post('/api/ticket', {}, { ...OWN, Cookie: cookie })).status).toBe(401)
    await pause(50)
    expect(stays.connected).toBe(true)
  })

  test('[CON6] a browser is listed, and signed out from another one: its sockets end at once, those of others stay', async () => {
    const SAFARI = { 'User-Agent': 'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1' }
    const desk = { ...OWN, Cookie: await signIn() }
    const phone = { ...OWN, Cookie: await signIn(SAFARI) }
    const [deskSocket, phoneSocket] = [await openWith(desk), await openWith(phone)]
    const listed = async (headers: object) =>
      (await getJson(`${relay.url}/api/logins`, { headers: { ...headers } })).body as unknown as BrowserLogins
    const { logins, reachable } = await listed(desk)
    expect(reachable).toBe(false)
    expect(logins.map(({ device, here }) => [device, here])).toEqual(
      expect.arrayContaining([
        [undefined, true],
        ['Safari on iPhone', false],
      ]),
    )
    expect(JSON.stringify(logins)).not.toContain(phone.Cookie.split('=')[1])
    const [id] = logins.filter(({ here }) => !here).map(({ loginId }) => loginId)
    const end = (path: string, headers: Record<string, string>) =>
      getJson(`${relay.url}/api/logins${path}`, { method: 'DELETE', headers })
    for (const foreign of [{ Origin: 'https://evil.example' }, { 'X-Farhand': '0' }])
      expect((await end(`/${id}`, { ...desk, ...foreign })).status).toBe(403)
    expect((await end(`/${id}`, OWN)).status).toBe(401)
    const gone = heard(phoneSocket, 'goodbye')
    expect((await end(`/${id}`, desk)).status).toBe(200)
    expect(await gone).toMatchObject({ code: 'UNAUTHENTICATED' })
    expect((await end(`/${id}`, desk)).status).toBe(404)
    expect((await post('/api/ticket', {}, phone)).status).toBe(401)

    await Promise.all([signIn(), signIn()])
    expect((await end('', desk)).body).toMatchObject({ ended: 2 })
    expect((await listed(desk)).logins).toEqual([expect.objectContaining({ here: true })])
    expect(deskSocket.connected).toBe(true)
  })

  test('a link for another device is made by who is signed in, works once, and leads where others can come', async () => {
    await relay.close()
    relay = await startRelay({ webDir, env: { PUBLIC_URL: 'https://farhand.example.com' } })
    expect((await post('/api/logins', {})).status).toBe(401)
    const headers = { ...OWN, Origin: 'https://farhand.example.com' }
    const { body } = await post('/api/logins', {}, { ...BEARER })
    expect(body).toMatchObject({ expiresAt: expect.any(Number) as number })
    const link = new URL(String(body['link']))
    expect(link.origin + link.pathname).toBe('https://farhand.example.com/login')
    const code = link.hash.replace('#code=', '')
    expect((await post('/api/login', { code }, headers)).status).toBe(200)
    expect((await post('/api/login', { code }, headers)).status).toBe(401)
    const listed = await getJson(`${relay.url}/api/logins`, { headers: BEARER })
    expect(listed.body).toMatchObject({ reachable: true, logins: [{ here: false }] })
  })

  test('a token signs in as well; the sixth wrong one in a minute is RATE_LIMITED', async () => {
    expect((await post('/api/login', { token: OWNER_TOKEN })).status).toBe(200)
    for (let tries = 0; tries < 5; tries++) expect((await post('/api/login', { token: 'wrong' })).status).toBe(401)
    const limited = await post('/api/login', { token: OWNER_TOKEN })
    expect([limited.status, errorOf(limited.body).code]).toEqual([429, 'RATE_LIMITED'])
    expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0)
  })

  test.each([
    [{ Origin: 'https://evil.example' }, 403],
    [{ 'Sec-Fetch-Site': 'cross-site' }, 403],
    [{ 'X-Farhand': '0' }, 403],
    [{}, 200],
  ])('[CON5] a change that comes with %o: %i', async (headers, status) => {
    const cookie = await signIn()
    expect((await post('/api/logout', {}, { ...OWN, Cookie: cookie, ...headers })).status).toBe(status)
  })

  test.each([[{}], [{ code: 5 }], [{ code: '' }], ['text'], [[]], [{ token: 'x'.repeat(300) }]])(
    'a login of the wrong shape: %j',
    async (body) => {
      const answer = await post('/api/login', body)
      expect([answer.status, errorOf(answer.body).code]).toEqual([400, 'BAD_REQUEST'])
    },
  )

  test('behind https the cookie is secure and browsers are held to https', async () => {
    await relay.close()
    relay = await startRelay({ webDir, env: { PUBLIC_URL: 'https://farhand.example.com' } })
    const link = await relay.app.loginLink()
    expect(link).toMatch(/^https:\/\/farhand\.example\.com\/login#code=/)
    const { headers } = await post(
      '/api/login',
      { code: new URL(link).hash.slice(6) },
      { ...OWN, Origin: 'https://farhand.example.com' },
    )
    expect(headers.get('set-cookie')).toMatch(/^__Host-farhand=.*; Secure;/)
    expect(headers.get('strict-transport-security')).toContain('max-age')
  })
})

describe('the API', () => {
  test('nothing without a credential, and every answer has a code', async () => {
    for (const path of [
      '/api/projects',
      `/api/sessions/${randomUUID()}/entries`,
      `/api/sessions/${randomUUID()}/stream`,
    ]) {
      expect(errorOf((await getJson(`${relay.url}${path}`)).body).code).toBe('UNAUTHENTICATED')
    }
    const wrong = await getJson(`${relay.url}/api/projects`, { headers: { Authorization: 'Bearer nope' } })
    expect([wrong.status, errorOf(wrong.body).code]).toEqual([401, 'UNAUTHENTICATED'])
    const unknown = await getJson(`${relay.url}/api/nothing`, { headers: BEARER })
    expect([unknown.status, errorOf(unknown.body).code]).toEqual([404, 'NOT_FOUND'])
  })

  test('a command, its entries and its inputs, with the same answers as over a socket', async () => {
    const agent = await openAgent(relay)
    const commandId = randomUUID()
    const sent = await post(`/api/projects/${PROJECT_ID}/commands`, { command: 'hello', commandId }, BEARER)
    expect(sent).toMatchObject({ status: 202, body: { ok: true, commandId, seq: 1 } })
    const again = await post(`/api/projects/${PROJECT_ID}/commands`, { command: 'hello', commandId }, BEARER)
    expect(again.body).toEqual(sent.body)
    const sessionId = String(sent.body['sessionId'])
    agent.socket.emit('command_response', responseOf({ sessionId, commandId, n: 1 }))
    await heard(agent.socket, 'ack_responses')
    const cancel = await post(
      `/api/sessions/${sessionId}/inputs`,
      { kind: 'cancel', data: '{}', key: commandId },
      BEARER,
    )
    expect(cancel).toMatchObject({ status: 202, body: { ok: true, seq: 3 } })
    const page = await getJson(`${relay.url}/api/sessions/${sessionId}/entries?after=1&limit=1`, { headers: BEARER })
    expect(page.body).toMatchObject({ ok: true, from: 1, to: 2, head: 3, entries: [{ seq: 2, kind: 'text' }] })
    expect(page.body['logEpoch']).toBe(relay.store.logEpoch)
    expect((await getJson(`${relay.url}/api/projects`, { headers: BEARER })).body).toMatchObject({
      projects: [{ online: true }],
    })
  })

  test('refusals: wrong shape, too long, unreadable, unknown', async () => {
    await openAgent(relay)
    const commands = `/api/projects/${PROJECT_ID}/commands`
    const answers = [
      await post(commands, { command: 5 }, BEARER),
      await post(commands, { command: 'x'.repeat(2_000_000) }, BEARER),
      await getJson(relay.url + commands, { method: 'POST', headers: BEARER, body: '{"command":' }),
      await post(`/api/projects/${randomUUID()}/commands`, { command: 'x' }, BEARER),
      await post('/api/projects/no-id/commands', { command: 'x' }, BEARER),
      await getJson(`${relay.url}/api/sessions/${randomUUID()}/entries`, { headers: BEARER }),
      await getJson(`${relay.url}/api/sessions/${randomUUID()}/entries?limit=x`, { headers: BEARER }),
    ]
    expect(answers.map(({ status, body }) => [status, errorOf(body).code])).toEqual([
      [400, 'BAD_REQUEST'],
      [413, 'TOO_LARGE'],
      [400, 'BAD_REQUEST'],
      [404, 'NOT_FOUND'],
      [404, 'NOT_FOUND'],
      [404, 'NOT_FOUND'],
      [400, 'BAD_REQUEST'],
    ])
    expect(JSON.stringify(answers.map(({ body }) => body))).not.toContain('"command":')
  })

  test('[SUB1] the stream brings pages and live entries once each, and goes on from Last-Event-ID', async () => {
    const agent = await openAgent(relay)
    const sent = (await post(`/api/projects/${PROJECT_ID}/commands`, { command: 'go' }, BEARER)).body
    const said = { sessionId: String(sent['sessionId']), commandId: String(sent['commandId']) }
    const send = async (from: number, to: number) => {
      const all = Array.from({ length: to - from + 1 }, (_, index) => responseOf({ ...said, n: from + index }))
      for (let start = 0; start < all.length; start += 64)
        agent.socket.emit('command_response', all.slice(start, start + 64))
      await heard(agent.socket, 'ack_responses')
    }
    await send(1, 50)
    const url = `${relay.url}/api/sessions/${said.sessionId}/stream`
    const reading = readStream(url, {}, 101)
    await send(51, 100)
    expect((await reading).map((event) => event.id)).toEqual(Array.from({ length: 101 }, (_, index) => index + 1))
    const rest = await readStream(url, { 'Last-Event-ID': '99' }, 2)
    expect(rest.map((event) => event.id)).toEqual([100, 101])
    expect(rest[1]?.data).toMatchObject({ type: 'command_result', seq: 101, response: 'chunk 100' })
  })
})

async function readStream(
  url: string,
  headers: Record<string, string>,
  count: number,
): Promise<{ id: number; data: object }[]> {
  const abort = new AbortController()
  const response = await fetch(url, { headers: { ...BEARER, ...headers }, signal: abort.signal })
  expect(response.headers.get('content-type')).toBe('text/event-stream')
  const events: { id: number; data: object }[] = []
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true })
    const parts = text.split('\n\n')
    text = parts.pop() ?? ''
    for (const part of parts) {
      const id = /^id: (\d+)$/m.exec(part)?.[1]
      const data = /^data: (.*)$/m.exec(part)?.[1]
      if (id !== undefined && data !== undefined) events.push({ id: Number(id), data: JSON.parse(data) as object })
    }
    if (events.length >= count) break
  }
  abort.abort()
  return events
}

describe('the web app', () => {
  const HTML = { Accept: 'text/html' }

  test('says so when it is not built', async () => {
    const response = await fetch(`${relay.url}/`, { headers: HTML })
    expect([response.status, await response.text()]).toEqual([503, expect.stringContaining('not built') as string])
  })

  test('serves its page for every address, its files with their caching, and nothing outside', async () => {
    mkdirSync(join(webDir, 'assets'))
    writeFileSync(join(webDir, 'index.html'), '<!doctype html><title>F</title>')
    writeFileSync(join(webDir, 'assets', 'main-abc123.js'), 'export {}')
    writeFileSync(join(webDir, 'manifest.webmanifest'), '{}')
    for (const path of ['/', '/login', '/s/123', '/deep/er/path']) {
      const page = await fetch(relay.url + path, { headers: HTML })
      expect([page.status, page.headers.get('cache-control')]).toEqual([200, 'no-cache'])
      expect(await page.text()).toContain('<title>F</title>')
    }
    const asset = await fetch(`${relay.url}/assets/main-abc123.js`)
    expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    const { headers } = await fetch(`${relay.url}/manifest.webmanifest`)
    expect(headers.get('cache-control')).toBe('no-cache')
    expect(headers.get('content-type')).toContain('application/manifest+json')
    for (const path of ['/assets/none.js', '/icons/none.png'])
      expect((await fetch(relay.url + path, { headers: HTML })).status).toBe(404)
    for (const path of ['/api/x', '/socket.io', '/agent.io']) {
      expect((await fetch(relay.url + path, { headers: HTML })).status).not.toBe(200)
    }
    expect(await (await fetch(`${relay.url}/..%2f..%2fpackage.json`)).text()).not.toContain('dependencies')
  })

  test('the page may load only what is its own, and over plain http nothing insists on https', async () => {
    const { headers } = await fetch(`${relay.url}/healthz`)
    const policy = headers.get('content-security-policy') ?? ''
    expect(policy.split(';')).toEqual([
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self' 'unsafe-inline'",
      "connect-src 'self'",
      "img-src 'self' data: blob:",
      "font-src 'self'",
      "manifest-src 'self'",
      "worker-src 'self' blob:",
      "frame-ancestors 'none'",
      "base-uri 'none'",
      "form-action 'self'",
    ])
    expect(headers.get('strict-transport-security')).toBeNull()
    expect(headers.get('x-powered-by')).toBeNull()
    expect(headers.get('x-content-type-options')).toBe('nosniff')
  })
})

test('[CON5] a foreign origin opens no socket, by no transport, and agents’ path takes no origin at all', async () => {
  const origin = { extraHeaders: { Origin: 'https://evil.example' } }
  for (const transports of [['websocket'], ['polling']]) {
    await heard(relay.browser(undefined, { ...origin, transports }), 'connect_error')
    await heard(relay.agent({}, { ...origin, transports }), 'connect_error')
    const own = { extraHeaders: { Origin: relay.url } }
    await heard(relay.agent({}, { ...own, transports }), 'connect_error')
    const socket = await relay.openBrowser({ ...own, transports })
    ok(await socket.emitWithAck('list_projects', {}))
  }
})
