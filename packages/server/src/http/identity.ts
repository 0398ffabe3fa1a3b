import { FarhandError, type Author } from '@farhand/shared'
import type { Request, RequestHandler } from 'express'
import type { Attempts } from '../auth/attempts.ts'
import { deviceOf } from '../auth/device.ts'
import { readCookie, toAuthor, type Identity, type Login } from '../auth/login.ts'
import type { OriginRule } from '../auth/origin.ts'

/** The header that a page's script sets and a foreign form cannot. */
const OWN_PAGE_HEADER = 'x-farhand'

/** What is being answered to somebody, so that it ends with what it was asked with. */
export type Answers = Set<{ credentialId: string; cut(): void }>

export type Gate = {
  /** Refuses what changes something and comes from another page (used for all of /api). */
  guardMutations: RequestHandler
  /** Who asks; rejects with UNAUTHENTICATED. */
  require(request: Request): Promise<{ identity: Identity; author: Author }>
  /** The cookie's value, whether or not it is valid. */
  cookieOf(request: Request): string | undefined
}

export function createGate(options: {
  login: Pick<Login, 'bySession' | 'byToken'>
  attempts: Attempts
  originRule: OriginRule
  secureCookies: boolean
  answers: Answers
}): Gate {
  const { login, attempts, originRule, secureCookies, answers } = options
  const cookieOf = (request: Request) => readCookie(request.headers.cookie, secureCookies)

  async function identify(request: Request): Promise<Identity | undefined> {
    const bearer = bearerOf(request)
    if (bearer === undefined) {
      const cookie = cookieOf(request)
      return cookie === undefined ? undefined : await login.bySession(cookie)
    }
    return await attempts.guard('token', addressOf(request), async () => {
      const identity = await login.byToken(bearer)
      if (identity === undefined) throw new FarhandError('UNAUTHENTICATED', 'This token is not valid.')
      return identity
    })
  }

  return {
    guardMutations: (request, _response, next) => {
      // A bearer token is never sent by a browser on its own, so it needs no proof of the page.
      if (request.method === 'GET' || request.method === 'HEAD' || bearerOf(request) !== undefined) return next()
      if (!originRule(request.headers)) throw new FarhandError('FORBIDDEN', 'This origin may not do that.')
      if (request.headers[OWN_PAGE_HEADER] !== '1')
        throw new FarhandError('FORBIDDEN', 'The header X-Farhand: 1 is missing.')
      next()
    },
    require: async (request) => {
      const identity = await identify(request)
      if (identity === undefined) throw new FarhandError('UNAUTHENTICATED')
      answerTo(answers, request, identity.credentialId)
      return { identity, author: toAuthor(identity, deviceOf(request.headers['user-agent'])) }
    },
    cookieOf,
  }
}

/** Notes what is being answered, until it is. Whoever went away while they were looked up is not answered any more. */
export function answerTo(answers: Answers, request: Request, credentialId: string): void {
  if (request.res?.closed === true) return
  const answer = { credentialId, cut: () => request.socket.resetAndDestroy() }
  answers.add(answer)
  request.res?.once('close', () => answers.delete(answer))
}

export function addressOf(request: Request): string {
  return request.ip ?? request.socket.remoteAddress ?? 'unknown'
}

export function bearerOf(request: Request): string | undefined {
  return /^Bearer ([\x21-\x7e]{1,200})$/.exec(request.headers.authorization ?? '')?.[1]
}
