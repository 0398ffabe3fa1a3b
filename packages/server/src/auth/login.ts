import { FarhandError, type Author } from '@farhand/shared'
import { parseCookie, stringifySetCookie } from 'cookie'
import type { CredentialStore } from '../log/store.ts'
import { hashSecret, newSecret, type RandomBytes } from './secrets.ts'
import type { Tokens } from './tokens.ts'

const CODE_LIFE_MS = 24 * 60 * 60 * 1_000
const SESSION_LIFE_MS = 30 * 24 * 60 * 60 * 1_000
/** Links that were made and not yet used; an older one gives way. */
const MAX_CODES = 20

/** Somebody who proved who they are: the name that goes into the log, and what the proof hangs on. */
export type Identity = { id: string; name: string; credentialId: string }

export type Login = {
  /** A code for one login within 24 h. Only its hash is kept, and only in memory. */
  newCode(): string
  /** Opens a browser session; rejects with UNAUTHENTICATED. The answer is the cookie's value. */
  withCode(code: string): Promise<string>
  withToken(token: string): Promise<string>
  /** Who holds this cookie value or token; undefined where nobody does. */
  bySession(secret: string): Promise<Identity | undefined>
  byToken(token: string): Promise<Identity | undefined>
  /** Ends the session of this cookie value, and answers its credential. */
  end(secret: string): Promise<string>
  /** Whether what a connection was opened with is still valid (CON6). */
  isLive(credentialId: string): Promise<boolean>
}

const SESSION = 'web:'
const TOKEN = 'token:'

export function createLogin(options: {
  store: CredentialStore
  tokens: Tokens
  clock: { now(): number }
  randomBytes: RandomBytes
}): Login {
  const { store, tokens, clock, randomBytes } = options
  const codes = new Map<string, number>()

  async function open(name: string, tokenId: string | undefined): Promise<string> {
    const secret = newSecret(randomBytes)
    const now = clock.now()
    await store.createWebSession({ hash: hashSecret(secret), tokenId, name, expiresAt: now + SESSION_LIFE_MS }, now)
    return secret
  }

  async function liveSession(hash: string) {
    const session = await store.webSession(hash, clock.now())
    if (session?.tokenId !== undefined && !(await tokens.exists(session.tokenId))) return undefined
    return session
  }

  return {
    newCode: () => {
      const code = newSecret(randomBytes)
      codes.set(hashSecret(code), clock.now() + CODE_LIFE_MS)
      const [oldest] = codes.keys()
      if (codes.size > MAX_CODES && oldest !== undefined) codes.delete(oldest)
      return code
    },
    withCode: async (code) => {
      const hash = hashSecret(code)
      const expiresAt = codes.get(hash)
      codes.delete(hash) // before anything is waited for, so that it opens one session
      if (expiresAt === undefined || expiresAt <= clock.now()) {
        throw new FarhandError('UNAUTHENTICATED', 'This login link was used already, or it is too old.')
      }
      try {
        return await open('Owner', undefined)
      } catch (error) {
        codes.set(hash, expiresAt) // nobody was signed in with it
        throw error
      }
    },
    withToken: async (token) => {
      const known = await tokens.verify('owner', token)
      if (known === undefined) throw new FarhandError('UNAUTHENTICATED', 'This token is not valid.')
      return await open(known.name, known.tokenId)
    },
    bySession: async (secret) => {
      const hash = hashSecret(secret)
      const session = await liveSession(hash)
      if (session === undefined) return undefined
      return { id: session.tokenId ?? 'owner', name: session.name, credentialId: SESSION + hash }
    },
    byToken: async (token) => {
      const known = await tokens.verify('owner', token)
      if (known === undefined) return undefined
      return { id: known.tokenId, name: known.name, credentialId: TOKEN + known.tokenId }
    },
    end: async (secret) => {
      const hash = hashSecret(secret)
      await store.deleteWebSession(hash)
      return SESSION + hash
    },
    isLive: async (credentialId) => {
      if (credentialId.startsWith(SESSION)) return (await liveSession(credentialId.slice(SESSION.length))) !== undefined
      return await tokens.exists(credentialId.slice(TOKEN.length))
    },
  }
}

export function tokenCredential(tokenId: string): string {
  return TOKEN + tokenId
}

export function toAuthor(identity: Identity, device: string | undefined): Author {
  return { id: identity.id, name: identity.name, ...(device === undefined ? {} : { device }) }
}

// --- The cookie -----------------------------------------------------------------------------------------------------

/** With TLS the name itself makes browsers refuse a cookie that was set over plain http or for another path. */
function cookieName(secure: boolean): string {
  return secure ? '__Host-farhand' : 'farhand'
}

export function readCookie(header: string | undefined, secure: boolean): string | undefined {
  return header === undefined ? undefined : parseCookie(header)[cookieName(secure)]
}

/** The header that sets the cookie, or clears it where there is no value. */
export function writeCookie(value: string | undefined, secure: boolean): string {
  return stringifySetCookie({
    name: cookieName(secure),
    value: value ?? '',
    httpOnly: true,
    sameSite: 'strict',
    path: '/',
    secure,
    maxAge: value === undefined ? 0 : SESSION_LIFE_MS / 1_000,
  })
}
