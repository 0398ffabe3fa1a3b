/** A ticket opens a connection for half a minute; on a way so slow that the page takes longer, another one is asked for. */
const FRESH_MS = 15_000
const TIMEOUT_MS = 10_000

export const TICKET_PATH = '/api/ticket'

let asked: { answer: Promise<Response>; at: number } | undefined

/**
 * Asks for the ticket of the first connection, before anything else of the page is there. Only the relay that the page
 * comes from is asked so early: where another one is, is not known yet.
 */
export function askFirstTicket(now = performance.now()): void {
  const signal = AbortSignal.timeout(TIMEOUT_MS)
  const answer = fetch(TICKET_PATH, {
    ...{ method: 'POST', credentials: 'same-origin', signal, body: '{}' },
    headers: { 'Content-Type': 'application/json', 'X-Farhand': '1' },
  })
  answer.catch(() => undefined) // whoever takes it hears of it
  asked = { answer, at: now }
}

/** The relay's answer, to the first who asks. Undefined: nothing was asked, or too long ago. */
export function takeFirstTicket(now = performance.now()): Promise<Response> | undefined {
  const taken = asked
  asked = undefined
  return taken !== undefined && now - taken.at < FRESH_MS ? taken.answer : undefined
}
