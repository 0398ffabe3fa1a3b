import type { Server, Socket } from 'socket.io'
import { frameHead } from './frames.ts'

type Encoder = Server['encoder']
type Packet = Parameters<Encoder['encode']>[0]
type Connection = Socket['conn']

/** As Socket.IO numbers the acknowledgement of an event, and the engine a message. */
const ACK = 3
const MESSAGE = 4

/**
 * Makes the texts of pages. Socket.IO walks through all of one in search of buffers, and makes its text anew for each reader;
 * entries hold no buffers, and a page that many ask for at once is one array. Anything else is Socket.IO's, as before.
 */
export function encodePages(encoder: Encoder): void {
  const plain: (packet: Packet) => unknown[] = encoder.encode.bind(encoder)
  const ends = new WeakMap<object, Buffer>()

  /** The array must not change any more. */
  function endOf(entries: object): Buffer {
    const known = ends.get(entries)
    if (known !== undefined) return known
    const end = Buffer.from(`"entries":${JSON.stringify(entries)}}]`)
    ends.set(entries, end)
    return end
  }

  encoder.encode = (packet) => {
    if (packet.nsp !== '/') return plain(packet)
    const page = pageOf(packet)
    if (page === undefined) return plain(packet)
    const { entries, ...rest } = page
    return [new PageMessage(`${ACK}${packet.id}[${JSON.stringify(rest).slice(0, -1)},`, endOf(entries))]
  }
}

/**
 * The message of a page: a beginning of its own, and an end that all who asked for this page share. A quarter of a
 * megabyte is neither put together nor copied for each of them. The engine takes it for a text where it has to (a poll).
 */
class PageMessage {
  readonly #beginning: string
  readonly #end: Buffer

  constructor(beginning: string, end: Buffer) {
    this.#beginning = beginning
    this.#end = end
  }

  get byteLength(): number {
    return Buffer.byteLength(this.#beginning) + this.#end.length
  }

  toString(): string {
    return this.#beginning + this.#end.toString()
  }

  /** As one frame of a WebSocket: what stands before the shared end, and the shared end. */
  frame(): Buffer[] {
    const beginning = Buffer.from(`${MESSAGE}${this.#beginning}`)
    return [Buffer.concat([frameHead(beginning.length + this.#end.length), beginning]), this.#end]
  }
}

/** Lets pages go out to this connection as the frames that they are. Once per connection, when it opens. */
export function sendPagesAsFrames(connection: Connection): void {
  connection.on('packetCreate', (packet: { data?: unknown; options: object }) => {
    // The engine's own field, by which Socket.IO's rooms share a frame too. It is left alone on another transport.
    if (packet.data instanceof PageMessage) {
      packet.options = { ...packet.options, wsPreEncodedFrame: packet.data.frame() }
    }
  })
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
