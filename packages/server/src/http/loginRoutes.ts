import { FarhandError, type BrowserLogins, type LoginLink } from '@farhand/shared'
import { Router } from 'express'
import { z } from 'zod'
import type { Attempts } from '../auth/attempts.ts'
import { deviceOf } from '../auth/device.ts'
import { writeCookie, type Login } from '../auth/login.ts'
import type { Tickets } from '../auth/tickets.ts'
import { addressOf, type Gate } from './identity.ts'

/** Where the page is found. `reachable`: from other devices too. */
export type PageAddress = { url: string; reachable: boolean }

const secretSchema = z.string().min(1).max(200)
const loginSchema = z.union([z.object({ code: secretSchema }), z.object({ token: secretSchema })])
/** Enough of a hash to tell a few browsers apart, and not what is looked up when a cookie comes. */
const LOGIN_ID_CHARS = 16

/** Signing in and out here and elsewhere, and the tickets that open sockets. */
export function loginRoutes(options: {
  gate: Gate
  login: Login
  tickets: Tickets
  attempts: Attempts
  secureCookies: boolean
  pageAddress: () => PageAddress
  /** A session ended: its sockets have to go. */
  onEnded: (credentialId: string) => void
}): Router {
  const { gate, login, tickets, attempts, secureCookies, pageAddress, onEnded } = options
  const router = Router()

  router.post('/login', async (request, response) => {
    const parsed = loginSchema.safeParse(request.body)
    if (!parsed.success) throw new FarhandError('BAD_REQUEST', 'A login has a code or a token.')
    const said = parsed.data
    const device = deviceOf(request.headers['user-agent'])
    const secret = await attempts.guard('login', addressOf(request), () =>
      'code' in said ? login.withCode(said.code, device) : login.withToken(said.token, device),
    )
    response.setHeader('Set-Cookie', writeCookie(secret, secureCookies)).json({ ok: true })
  })

  router.post('/logout', async (request, response) => {
    const cookie = gate.cookieOf(request)
    if (cookie !== undefined) onEnded(await login.end(cookie))
    response.setHeader('Set-Cookie', writeCookie(undefined, secureCookies)).json({ ok: true })
  })

  router.post('/ticket', async (request, response) => {
    const { identity } = await gate.require(request)
    response.json({ ok: true, ticket: await tickets.issue(identity) })
  })

  router.get('/logins', async (request, response) => {
    const { identity } = await gate.require(request)
    const logins = (await login.list()).map(({ credentialId, hash, name, device, createdAt, seenAt }) => ({
      loginId: idOf(hash),
      name,
      ...(device !== undefined && { device }),
      since: createdAt,
      seenAt,
      here: credentialId === identity.credentialId,
    }))
    response.json({ ok: true, logins, reachable: pageAddress().reachable } satisfies BrowserLogins & { ok: true })
  })

  router.post('/logins', async (request, response) => {
    const { identity } = await gate.require(request)
    const { code, expiresAt } = await login.newCode(identity)
    const link = loginLink(pageAddress().url, code)
    response.json({ ok: true, link, expiresAt } satisfies LoginLink & { ok: true })
  })

  router.delete('/logins/:loginId', async (request, response) => {
    await gate.require(request)
    const ended = await login.endListed(({ hash }) => idOf(hash) === request.params.loginId)
    ended.forEach(onEnded)
    if (ended.length === 0) throw new FarhandError('NOT_FOUND', 'This browser is not signed in any more.')
    response.json({ ok: true })
  })

  router.delete('/logins', async (request, response) => {
    const { identity } = await gate.require(request)
    const ended = await login.endListed(({ credentialId }) => credentialId !== identity.credentialId)
    ended.forEach(onEnded)
    response.json({ ok: true, ended: ended.length })
  })

  return router
}

/** The code stands in the fragment, which no server and no proxy on the way gets to see. */
export function loginLink(url: string, code: string): string {
  return `${url}/login#code=${code}`
}

function idOf(hash: string): string {
  return hash.slice(0, LOGIN_ID_CHARS)
}
