import { setTimeout as sleep } from 'node:timers/promises'
import type { Tiers } from '../tiers.ts'
import { openObserver, type Observer, type ObserverOptions } from './observer.ts'

export type GuestOptions = Omit<ObserverOptions, 'proof'> & { tiers: Tiers; readsMs: number }

const AGAIN_MS = 200
/** The relay may be down just then, or its disk. */
const SIGN_IN_MS = 20_000
const ASK_MS = 5_000

/**
 * A browser's way to read: a cookie, and a ticket for each connection. Signed out, it goes on knocking with its old
 * cookie, and whatever it is told from then on is written down.
 */
export async function welcomeGuest(options: GuestOptions): Promise<Observer> {
  const { tiers, history, name } = options
  const deadline = performance.now() + SIGN_IN_MS
  const cookie = await persist(deadline, () => signIn(tiers))
  const guest = openObserver({ ...options, proof: () => ticketFor(tiers, cookie) })
  await sleep(options.readsMs)
  await persist(Infinity, () => ask(tiers, 'logout', cookie))
  history.write({ ev: 'revoked', who: name })
  return guest
}

async function signIn(tiers: Tiers): Promise<string> {
  const answer = await ask(tiers, 'login', undefined, { token: tiers.ownerToken })
  const [cookie = ''] = answer.headers.getSetCookie()
  return cookie.split(';')[0] ?? ''
}

async function ticketFor(tiers: Tiers, cookie: string): Promise<object> {
  const { ticket } = (await (await ask(tiers, 'ticket', cookie)).json()) as { ticket: string } // the relay's own answer
  return { ticket }
}

async function ask({ url }: Tiers, what: string, cookie?: string, body: object = {}): Promise<Response> {
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

/** Until it works: links are cut and processes are killed meanwhile. @throws what went wrong last, after `deadline` */
async function persist<T>(deadline: number, attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (performance.now() > deadline) throw error
      await sleep(AGAIN_MS)
    }
  }
}
