import { FarhandError } from '@farhand/shared'
import { Router } from 'express'
import { z } from 'zod'
import type { Attempts } from '../auth/attempts.ts'
import { writeCookie, type Login } from '../auth/login.ts'
import type { Tickets } from '../auth/tickets.ts'
import { addressOf, type Gate } from './identity.ts'

const secretSchema = z.string().min(1).max(200)
const loginSchema = z.union([z.object({ code: secretSchema }), z.object({ token: secretSchema })])

/** Signing in and out, and the tickets that open sockets. */
export function loginRoutes(options: {
  gate: Gate
  login: Login
  tickets: Tickets
  attempts: Attempts
  secureCookies: boolean
  /** A session ended: its sockets have to go. */
  onEnded: (credentialId: string) => void
}): Router {
  const { gate, login, tickets, attempts, secureCookies, onEnded } = options
  const router = Router()

  router.post('/login', async (request, response) => {
    const parsed = loginSchema.safeParse(request.body)
    if (!parsed.success) throw new FarhandError('BAD_REQUEST', 'A login has a code or a token.')
    const said = parsed.data
    const secret = await attempts.guard('login', addressOf(request), () =>
      'code' in said ? login.withCode(said.code) : login.withToken(said.token),
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
    response.json({ ok: true, ticket: tickets.issue(identity) })
  })

  return router
}
