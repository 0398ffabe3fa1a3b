import { FarhandError, type Author } from '@farhand/shared'
import { parseCookie, stringifySetCookie } from 'cookie'
import type { CredentialStore, LiveWebSession, OneTimeStore } from '../log/store.ts'
import type { Identity } from './identity.ts'
import { createLoginCodes, type LoginCode } from './loginCodes.ts'
import { hashSecret, newSecret, type RandomBytes } from './secrets.ts'
import type { Tokens } from './tokens.ts'

const SESSION_LIFE_MS = 30 * 24 * 60 * 60 * 1_000
/** "Last seen" is for people, and each time costs a write. */
const SEEN_EVERY_MS = 60 * 1_000

export type { Identity } from './identity.ts'

export type Login = {
  /** A code for one login: within 24 h, or within minutes where somebody who is signed in makes it for another device. */
  newCode(maker?: Identity): Promise<{ code: string; expiresAt: number }>
  /** Opens a browser session for a device; rejects with UNAUTHENTICATED. The answer is the cookie's value. */
  withCode(code: string, device?: string): Promise<string>
  withToken(token: string, device?: string): Promise<string>
  /** Who holds this cookie value or token; undefined where nobody does. */
  bySession(secret: string): Promise<Identity | undefined>
  byToken(token: string): Promise<Identity | undefined>
  /** Ends the session of this cookie value, and answers its credential. */
  end(secret: string): Promise<string>
  /** The browsers that are signed in, the one that was seen last first. */
  list(): Promise<(LiveWebSession & { credentialId: string })[]>
  /** Ends these sessions and answers their credentials; one that is over already is none of them. */
  endListed(which: (session: { hash: string; credentialId: string }) => boolean): Promise<string[]>
  /** Whether what a connection was opened with is still valid (CON6). */
  isLive(credentialId: string): Promise<boolean>
}

const OWNER_ID = 'owner'
const OWNER_NAME = 'Owner'
const SESSION = 'web:'
const TOKEN = 'token:'

export function createLogin(options: {
  store: CredentialStore & OneTimeStore
  tokens: Tokens
  clock: { now(): number }
  randomBytes: RandomBytes
}): Login {
  const { store, tokens, clock, randomBytes } = options
  const codes = createLoginCodes(options)
  const seen = new Map<string, number>()

  async function open(name: string, tokenId: string | undefined, device: string | undefined): Promise<string> {
    const secret = newSecret(randomBytes)
    const now = clock.now()
    const session = { hash: hashSecret(secret), tokenId, name, device, expiresAt: now + SESSION_LIFE_MS }
    await store.createWebSession(session, now)
    return secret
  }

  /** Whoever made a link may have been signed out since, and perhaps because of it. */
  async function isGood(known: LoginCode): Promise<boolean> {
    return known.maker === undefined || (await isLive(known.maker.credentialId))
  }

  async function list() {
    const sessions = await store.webSessions(clock.now())
    const live = await Promise.all(
      sessions.map(async ({ tokenId }) => tokenId === undefined || (await tokens.exists(tokenId))),
    )
    return sessions
      .filter((_, index) => live[index])
      .map((session) => ({ ...session, credentialId: SESSION + session.hash }))
  }

  async function isLive(credentialId: string): Promise<boolean> {
    if (!credentialId.startsWith(SESSION)) return await tokens.exists(credentialId.slice(TOKEN.length))
    const hash = credentialId.slice(SESSION.length)
    const live = (await liveSession(hash)) !== undefined
    if (live) noteSeen(hash)
    else seen.delete(hash)
    return live
  }

  function noteSeen(hash: string): void {
    const now = clock.now()
    if (Math.abs(now - (seen.get(hash) ?? -Infinity)) < SEEN_EVERY_MS) return
    seen.set(hash, now)
    // Whoever is here stays here on a full disk too.
    store.touchWebSession(hash, now).catch(() => undefined)
  }

  async function liveSession(hash: string) {
    const session = await store.webSession(hash, clock.now())
    if (session?.tokenId !== undefined && !(await tokens.exists(session.tokenId))) return undefined
    return session
  }

  return {
    newCode: codes.issue,
    withCode: async (code, device) => {
      const taken = await codes.take(code) // first of all, so that it opens one session
      if (taken === undefined) throw usedOrOld()
      try {
        if (!(await isGood(taken))) throw usedOrOld()
        return await open(taken.maker?.name ?? OWNER_NAME, tokenOf(taken.maker), device)
      } catch (error) {
        await codes.giveBack(code, taken) // nobody was signed in with it
        throw error
      }
    },
    withToken: async (token, device) => {
      const known = await tokens.verify('owner', token)
      if (known === undefined) throw new FarhandError('UNAUTHENTICATED', 'This token is not valid.')
      return await open(known.name, known.tokenId, device)
    },
    bySession: async (secret) => {
      const hash = hashSecret(secret)
      const session = await liveSession(hash)
      if (session === undefined) return undefined
      return { id: session.tokenId ?? OWNER_ID, name: session.name, credentialId: SESSION + hash }
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
    list,
    endListed: async (which) => {
      const ended = (await list()).filter(which)
      for (const { hash } of ended) await store.deleteWebSession(hash)
      return ended.map(({ credentialId }) => credentialId)
    },
    isLive,
  }
}

function usedOrOld(): FarhandError {
  return new FarhandError('UNAUTHENTICATED', 'This login link was used already, or it is too old.')
}

/** The token with which what this person opens ends; undefined for one who came by the printed link. */
function tokenOf(maker: Identity | undefined): string | undefined {
  return maker === undefined || maker.id === OWNER_ID ? undefined : maker.id
}

/** The hash that a browser's login is kept by; undefined where there is no browser. */
export function loginOf(credentialId: string): string | undefined {
  return credentialId.startsWith(SESSION) ? credentialId.slice(SESSION.length) : undefined
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
