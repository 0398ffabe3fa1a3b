import { setTimeout as sleep } from 'node:timers/promises'
import type { Tiers } from '../tiers.ts'
import { openObserver, type Observer, type ObserverOptions } from './observer.ts'

export type GuestOptions = Omit<ObserverOptions, 'proof'> & {
  tiers: Pick<Tiers, 'url' | 'ownerToken'>
  readsMs: number
  /** How long signing in and signing out may each be tried. @default 20 s */
  patienceMs?: number
}

/** A guest who was signed out is `signedOut`; one for whom that did not work goes on reading by right. */
export type Guest = { observer: Observer; signedOut: boolean }

const AGAIN_MS = 200
/** The relay may be down just then, or its disk; one that is gone for good must not hold up whoever would start it again. */
const PATIENCE_MS = 20_000
const ASK_MS = 5_000

/**
 * A browser's way to read: a cookie, and a ticket for each connection. Signed out, it goes on knocking with its old
 * cookie, and whatever it is told from then on is written down.
 *
 * @returns nobody where signing in did not work
 */
export async function welcomeGuest(options: GuestOptions): Promise<Guest | undefined> {
  const { tiers, history, name, patienceMs = PATIENCE_MS } = options
  const cookie = await persist(patienceMs, () => signIn(tiers))
  if (cookie === undefined) return undefined
  const observer = openObserver({ ...options, proof: () => ticketFor(tiers, cookie) })
  await sleep(options.readsMs)
  const signedOut = (await persist(patienceMs, () => ask(tiers, 'logout', cookie))) !== undefined
  if (signedOut) history.write({ ev: 'revoked', who: name })
  return { observer, signedOut }
}

type Relay = GuestOptions['tiers']

async function signIn(tiers: Relay): Promise<string> {
  const answer = await ask(tiers, 'login', undefined, { token: tiers.ownerToken })
  const [cookie = ''] = answer.headers.getSetCookie()
  return cookie.split(';')[0] ?? ''
}

async function ticketFor(tiers: Relay, cookie: string): Promise<object> {
  const { ticket } = (await (await ask(tiers, 'ticket', cookie)).json()) as { ticket: string } // the relay's own answer
  return { ticket }
}

async function ask({ url }: Relay, what: string, cookie?: string, body: object = {}): Promise<Response> {
  const answer = await fetch(`${url}/api/${what}`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      'X-Farhand': '1',
      ...(cookie === undefined ? {} : { Cookie: cookie }),
    },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(ASK_MS),
  })
  if (!answer.ok) throw new Error(`${what}: ${answer.status}`)
  return answer
}

/** Until it works, because links are cut and processes are killed meanwhile; undefined where it did not in time. */
async function persist<T>(patienceMs: number, attempt: () => Promise<T>): Promise<T | undefined> {
  for (const deadline = performance.now() + patienceMs; performance.now() < deadline; await sleep(AGAIN_MS)) {
    try {
      return await attempt()
    } catch {
      // what keeps failing shows as a fault that was not made
    }
  }
  return undefined
}
