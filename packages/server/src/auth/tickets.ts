import type { Identity } from './login.ts'
import { hashSecret, newSecret, type RandomBytes } from './secrets.ts'

const TICKET_LIFE_MS = 30_000
/** A ticket lives half a minute; nobody needs so many, and the memory stays bounded. */
const MAX_TICKETS = 10_000

/** One-use tickets, bought with the cookie, that open one socket. So the cookie alone never opens one. */
export type Tickets = {
  issue(identity: Identity): string
  /** Takes the ticket; undefined where it is unknown, used or too old. */
  redeem(ticket: string): Identity | undefined
}

export function createTickets(options: { clock: { now(): number }; randomBytes: RandomBytes }): Tickets {
  const { clock, randomBytes } = options
  const issued = new Map<string, { identity: Identity; expiresAt: number }>()

  function dropOld(): void {
    for (const [hash, ticket] of issued) {
      if (ticket.expiresAt > clock.now() && issued.size <= MAX_TICKETS) return
      issued.delete(hash)
    }
  }

  return {
    issue: (identity) => {
      const ticket = newSecret(randomBytes)
      issued.set(hashSecret(ticket), { identity, expiresAt: clock.now() + TICKET_LIFE_MS })
      dropOld()
      return ticket
    },
    redeem: (ticket) => {
      const hash = hashSecret(ticket)
      const found = issued.get(hash)
      issued.delete(hash)
      return found !== undefined && found.expiresAt > clock.now() ? found.identity : undefined
    },
  }
}
