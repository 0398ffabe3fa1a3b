import { connect, type Socket } from 'node:net'

/** A WebSocket that costs next to nothing: unread texts in, texts out. */
export type Wire = {
  send(text: string): void
  /** At once, without a goodbye. */
  close(): void
}

type WireEvents = {
  /** The bytes are only lent: after the call others stand in their place. */
  message(message: Buffer): void
  closed(): void
}

/**
 * Opens one, to a server of this machine that is known to keep to the protocol (RFC 6455): nothing is checked but that it
 * takes the connection. A library's client takes more time for a connection, or for a message of a quarter of a megabyte,
 * than the relay that is to be measured. Rejects when the connection ends before it is taken.
 */
export async function openWire(url: string, { message, closed }: WireEvents): Promise<Wire> {
  const { hostname, port, host, pathname, search } = new URL(url)
  const { promise: taken, resolve: take, reject: fail } = Promise.withResolvers<void>()
  const readFrames = frameReader(message)
  let read: (bytes: Buffer) => void = answerReader((status, rest) => {
    if (status !== SWITCHING) return socket.destroy(new Error(`refused: ${status}`))
    read = readFrames
    socket.once('close', closed)
    take()
    if (rest.length > 0) readFrames(rest)
  })
  const callback = (length: number, bytes: Uint8Array): boolean => {
    read(Buffer.from(bytes.buffer, bytes.byteOffset, length))
    return true
  }
  const socket = connect({
    ...{ host: hostname, port: Number(port), noDelay: true },
    onread: { buffer: READ_INTO, callback },
  })
  socket.on('error', fail)
  socket.on('close', () => fail(new Error('the connection ended')))
  socket.write(REQUEST.replace('PATH', pathname + search).replace('HOST', host))
  await taken
  return { send: (text) => sendText(socket, text), close: () => socket.destroy() }
}

/** One for all: what is read is worked through, or put aside, before the next read. */
const READ_INTO = Buffer.alloc(256 * 1024)

const SWITCHING = 101
/** The key is the example of the protocol: what it is for, telling caches, nobody needs here. */
const REQUEST = [
  'GET PATH HTTP/1.1',
  'Host: HOST',
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  '\r\n',
].join('\r\n')
const HEADERS_END = Buffer.from('\r\n\r\n')
const STATUS_AT = 'HTTP/1.1 '.length
const STATUS_DIGITS = 3

function answerReader(answered: (status: number, rest: Buffer) => void): (bytes: Buffer) => void {
  let came = Buffer.alloc(0)
  return (bytes) => {
    came = Buffer.concat([came, bytes])
    const end = came.indexOf(HEADERS_END)
    if (end < 0) return
    const status = Number(came.toString('latin1', STATUS_AT, STATUS_AT + STATUS_DIGITS))
    answered(status, came.subarray(end + HEADERS_END.length))
  }
}

const TEXT = 1
const OPCODE = 0x0f
const LENGTH = 0x7f
const TWO_BYTES_FOLLOW = 126
const EIGHT_BYTES_FOLLOW = 127
const SHORTEST_HEAD = 2
const LONGEST_HEAD = 10

/** Takes the messages out of what comes. Of one that is not all there, the beginning is put aside. */
function frameReader(message: (message: Buffer) => void): (bytes: Buffer) => void {
  let aside = Buffer.alloc(0)
  let filled = 0

  /** Answers what follows behind the message, or nothing where that is still not all there. */
  function complete(bytes: Buffer): Buffer | undefined {
    const copied = bytes.copy(aside, filled)
    filled += copied
    if (filled < aside.length) return undefined
    const whole = aside
    aside = Buffer.alloc(0)
    // What was put aside may be the beginning of a frame's head only.
    return takeWhole(whole) === 0 ? Buffer.concat([whole, bytes.subarray(copied)]) : bytes.subarray(copied)
  }

  /** Answers how many bytes it took. */
  function takeWhole(bytes: Buffer): number {
    let at = 0
    for (let length = frameLength(bytes, at); at + length <= bytes.length; length = frameLength(bytes, at)) {
      if ((byteAt(bytes, at) & OPCODE) === TEXT) message(bytes.subarray(at + headLength(bytes, at), at + length))
      at += length
    }
    return at
  }

  return (bytes) => {
    const rest = aside.length > 0 ? complete(bytes) : bytes
    if (rest === undefined) return
    const taken = takeWhole(rest)
    if (taken === rest.length) return
    aside = Buffer.allocUnsafeSlow(frameLength(rest, taken))
    filled = rest.copy(aside, 0, taken)
  }
}

/** As far as it is known: that of the head, where not even that is there. */
function frameLength(bytes: Buffer, at: number): number {
  if (bytes.length - at < SHORTEST_HEAD) return SHORTEST_HEAD
  const head = headLength(bytes, at)
  return bytes.length - at < head ? head : head + bodyLength(bytes, at)
}

function headLength(bytes: Buffer, at: number): number {
  const said = byteAt(bytes, at + 1) & LENGTH
  if (said === EIGHT_BYTES_FOLLOW) return LONGEST_HEAD
  return said === TWO_BYTES_FOLLOW ? 4 : 2
}

function bodyLength(bytes: Buffer, at: number): number {
  const said = byteAt(bytes, at + 1) & LENGTH
  if (said === EIGHT_BYTES_FOLLOW) return Number(bytes.readBigUInt64BE(at + 2))
  return said === TWO_BYTES_FOLLOW ? bytes.readUInt16BE(at + 2) : said
}

function byteAt(bytes: Buffer, at: number): number {
  return bytes[at] ?? 0
}

const FINAL_TEXT = 0x81
const MASKED = 0x80
const MASK_BYTES = 4

/** One masked frame; the mask is of zeros, which the other end takes off like any other. */
function sendText(socket: Socket, text: string): void {
  const length = Buffer.byteLength(text)
  const short = length < TWO_BYTES_FOLLOW
  const head = (short ? 2 : 4) + MASK_BYTES
  if (length > 0xffff) throw new Error('longer than anything that is said here')
  const frame = Buffer.alloc(head + length)
  frame[0] = FINAL_TEXT
  frame[1] = MASKED | (short ? length : TWO_BYTES_FOLLOW)
  if (!short) frame.writeUInt16BE(length, 2)
  frame.write(text, head)
  socket.write(frame)
}
