import type { ServerToAgent, ServerToBrowser } from '@farhand/shared'
import type { Socket } from 'socket.io'

type Connection = Socket['conn']
/** What the engine knows of a message; `wsPreEncodedFrame` is what Socket.IO's own adapter gives it for broadcasts. */
type Packet = { type: string; data?: unknown; options: { wsPreEncodedFrame?: readonly Buffer[] } }

/** What is longer is better written in two parts than copied. */
const COPIED_BYTES = 16 * 1024
const TEXT_AND_LAST = 0x81
const LENGTH_FOLLOWS = 126
const EIGHT_BYTES_FOLLOW = 127
/** The engine's mark of a message, before its text, and Socket.IO's of an event. */
const MESSAGE = 0x34
const EVENT = 2

type Events = ServerToBrowser & ServerToAgent

/**
 * An event to several connections, whose text and frame are made once. What is frequent goes this way: Socket.IO's own walks
 * through it in search of buffers, and costs as much again as the event.
 */
export function tellAll<Name extends keyof Events>(
  connections: Iterable<Connection>,
  name: Name,
  said: Parameters<Events[Name]>[0],
): void {
  const text = `${EVENT}["${name}",${JSON.stringify(said)}]`
  const options = { compress: true, wsPreEncodedFrame: framePartsOf(text) }
  for (const connection of connections) connection.write(text, options)
}

/**
 * Several messages that wait for a connection leave in one write: an agent hears of all its sessions after each commit, and
 * each write to the network costs more than what it holds. A short message is written as one buffer: its frame's header and
 * its text apart are two, gathered for one write, which takes half as much time again. A broadcast is put together once, for
 * its packets share their options. Once per connection, when it opens.
 */
export function writeWhole(connection: Connection): void {
  let corked: Wire | undefined
  connection.on('flush', (packets: readonly Packet[]) => {
    if (packets.length === 1) return
    corked = wireOf(connection)
    corked?.cork()
  })
  // Of the same flush, right behind it: the engine has given its transport all of them.
  connection.on('drain', () => {
    corked?.uncork()
    corked = undefined
  })
  connection.on('packetCreate', (packet: Packet) => {
    const { type, data, options } = packet
    const parts = options.wsPreEncodedFrame
    if (parts !== undefined) {
      if (parts.length > 1 && lengthOf(parts) <= COPIED_BYTES) options.wsPreEncodedFrame = [Buffer.concat(parts)]
    } else if (type === 'message' && typeof data === 'string' && isWorthIt(connection, data)) {
      // Not into the options: a message with attachments shares them with those.
      packet.options = { ...options, wsPreEncodedFrame: [frameOf(data)] }
    }
  })
}

type Wire = { cork(): void; uncork(): void }

/** The TCP connection under the WebSocket of the engine's transport, which its types leave out. */
function wireOf({ transport }: Connection): Wire | undefined {
  const socket: unknown = Reflect.get(transport, 'socket')
  const wire: unknown = typeof socket === 'object' && socket !== null ? Reflect.get(socket, '_socket') : undefined
  return isWire(wire) ? wire : undefined
}

function isWire(value: unknown): value is Wire {
  return typeof value === 'object' && value !== null && 'cork' in value && 'uncork' in value
}

function isWorthIt({ transport }: Connection, text: string): boolean {
  return transport.name === 'websocket' && text.length <= COPIED_BYTES
}

function framePartsOf(text: string): Buffer[] {
  if (text.length <= COPIED_BYTES) return [frameOf(text)]
  const message = Buffer.from(`${String.fromCharCode(MESSAGE)}${text}`)
  return [frameHead(message.length), message]
}

function lengthOf(parts: readonly Buffer[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0)
}

/** A frame of the WebSocket protocol with one message of the engine; three bytes a character at most, so 16 bits say its length. */
function frameOf(text: string): Buffer {
  const length = 1 + Buffer.byteLength(text)
  const header = length < LENGTH_FOLLOWS ? 2 : 4
  const frame = Buffer.allocUnsafe(header + length)
  frame[0] = TEXT_AND_LAST
  frame[1] = Math.min(length, LENGTH_FOLLOWS)
  if (length >= LENGTH_FOLLOWS) frame.writeUInt16BE(length, 2)
  frame[header] = MESSAGE
  frame.write(text, header + 1)
  return frame
}

/** What precedes a text of so many bytes in an unmasked frame (RFC 6455, 5.2). */
export function frameHead(bytes: number): Buffer {
  if (bytes < LENGTH_FOLLOWS) return Buffer.of(TEXT_AND_LAST, bytes)
  if (bytes <= 0xffff) return Buffer.of(TEXT_AND_LAST, LENGTH_FOLLOWS, bytes >> 8, bytes & 0xff)
  const head = Buffer.alloc(10)
  head.writeUInt16BE((TEXT_AND_LAST << 8) | EIGHT_BYTES_FOLLOW)
  head.writeBigUInt64BE(BigInt(bytes), 2)
  return head
}
