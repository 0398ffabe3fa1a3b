import type { OneTimeStore } from '../log/store.ts'
import { identitySchema, type Identity } from './identity.ts'
import { hashSecret, newSecret, type RandomBytes } from './secrets.ts'

const TICKET_LIFE_MS = 30_000
/** A ticket lives half a minute; nobody needs so many, and what is kept stays bounded. */
const MAX_TICKETS = 10_000

/** One-use tickets, bought with the cookie, that open one socket. So the cookie alone never opens one. */
export type Tickets = {
  issue(identity: Identity): Promise<string>
  /** Takes the ticket; undefined where it is unknown, used or too old. */
  redeem(ticket: string): Promise<Identity | undefined>
}

export function createTickets(options: { store: OneTimeStore; randomBytes: RandomBytes }): Tickets {
  const { store, randomBytes } = options
  return {
    issue: async (identity) => {
      const ticket = newSecret(randomBytes)
      const kept = { hash: hashSecret(ticket), body: JSON.stringify(identity), lifeMs: TICKET_LIFE_MS }
      await store.keepOnce({ kind: 'ticket', most: MAX_TICKETS, ...kept })
      return ticket
    },
    redeem: async (ticket) => {
      const taken = await store.takeOnce('ticket', hashSecret(ticket))
      return taken === undefined ? undefined : identitySchema.parse(JSON.parse(taken.body))
    },
  }
}
