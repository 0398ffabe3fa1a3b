import type { Server } from 'socket.io'

type Encoder = Server['encoder']
type Packet = Parameters<Encoder['encode']>[0]

/** As Socket.IO numbers them: an event, and the acknowledgement of one. */
const EVENT = 2
const ACK = 3

/**
 * Makes the texts of what is large or frequent here: entries and pages. Socket.IO walks through all of it in search of
 * buffers, and makes the text of a page anew for each reader; entries hold no buffers, and a page that many ask for at
 * once is one array. Anything else is Socket.IO's, as before.
 */
export function encodeEntries(encoder: Encoder): void {
  const plain: (packet: Packet) => unknown[] = encoder.encode.bind(encoder)
  const texts = new WeakMap<object, string>()

  /** The array must not change any more. */
  function textOf(entries: object): string {
    const known = texts.get(entries)
    if (known !== undefined) return known
    const text = JSON.stringify(entries)
    texts.set(entries, text)
    return text
  }

  encoder.encode = (packet) => {
    if (packet.nsp !== '/') return plain(packet)
    if (isEntries(packet)) return [`${EVENT}${JSON.stringify(packet.data)}`]
    const page = pageOf(packet)
    if (page === undefined) return plain(packet)
    const { entries, ...rest } = page
    return [`${ACK}${packet.id}[${JSON.stringify(rest).slice(0, -1)},"entries":${textOf(entries)}}]`]
  }
}

function isEntries({ type, id, data }: Packet): boolean {
  return Number(type) === EVENT && id === undefined && Array.isArray(data) && data[0] === 'command_result'
}

/** The answer that is a page. It says `ok` too, so that something stands before its entries. */
function pageOf({ type, id, data }: Packet): { ok: true; entries: object } | undefined {
  if (Number(type) !== ACK || id === undefined || !Array.isArray(data) || data.length !== 1) return undefined
  const answer: unknown = data[0]
  return isPage(answer) ? answer : undefined
}

function isPage(answer: unknown): answer is { ok: true; entries: object } {
  if (typeof answer !== 'object' || answer === null || !('ok' in answer) || !('entries' in answer)) return false
  return answer.ok === true && Array.isArray(answer.entries)
}
