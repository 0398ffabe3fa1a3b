import { createServer } from 'node:http'
import { Socket, type AddressInfo } from 'node:net'
import { Server } from 'socket.io'
import { io as connect } from 'socket.io-client'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { tellAll, writeWhole } from './frames.ts'

const PATIENCE_MS = 8_000

const http = createServer()
const io = new Server(http, { perMessageDeflate: false, serveClient: false })
/** Of how many parts the last packet's frame is; undefined where the engine makes it. */
let parts: number | undefined

beforeAll(async () => {
  io.on('connection', (socket) => {
    writeWhole(socket.conn)
    void socket.join('room')
    socket.conn.on('packetCreate', ({ options }: { options: { wsPreEncodedFrame?: readonly Buffer[] } }) => {
      parts = options.wsPreEncodedFrame?.length
    })
  })
  await new Promise<void>((listening) => http.listen(0, '127.0.0.1', listening))
})

afterAll(async () => await io.close())

const eventually = (check: () => void) => vi.waitFor(check, { timeout: PATIENCE_MS })

async function open(transport: 'websocket' | 'polling') {
  const { port } = http.address() as AddressInfo
  const socket = connect(`http://127.0.0.1:${port}`, { transports: [transport], forceNew: true })
  const heard: unknown[] = []
  socket.on('said', (what: unknown) => heard.push(what))
  await eventually(() => expect(io.sockets.sockets.has(String(socket.id))).toBe(true))
  return { socket, heard }
}

const TEXTS: [string, string][] = [
  ['nothing', ''],
  ['the longest whose length is one byte', 'x'.repeat(125 - '42["said",""]'.length - 1)],
  ['the shortest whose length is three', 'x'.repeat(126 - '42["said",""]'.length - 1)],
  ['an entry', 'x'.repeat(300)],
  ['what is no ASCII', 'äöü 漢字 🙂 \u0000 "'.repeat(500)],
  ['a lot of what takes three bytes a character', '漢'.repeat(16_000)],
]

test.each(TEXTS)('%s arrives as it was said, from one buffer, to one and to all', async (_name, text) => {
  const [one, other] = [await open('websocket'), await open('websocket')]
  io.sockets.sockets.get(String(one.socket.id))?.emit('said', text)
  expect(parts).toBe(1)
  io.to('room').emit('said', text)
  expect(parts).toBe(text.length > 10_000 ? 2 : 1)
  await eventually(() => expect([one.heard, other.heard]).toEqual([[text, text], [text]]))
  one.socket.close()
  other.socket.close()
})

test('what is long, what has attachments, and what is polled is left to the engine', async () => {
  const [one, polling] = [await open('websocket'), await open('polling')]
  const bytes = { bytes: Buffer.from('attached'), more: Buffer.from('too') }
  const long = 'x'.repeat(100_000)
  for (const said of [long, bytes, 'short']) io.sockets.sockets.get(String(one.socket.id))?.emit('said', said)
  io.to('room').emit('said', long)
  expect(parts).toBe(2)
  io.sockets.sockets.get(String(polling.socket.id))?.emit('said', 'short')
  expect(parts).toBeUndefined()
  await eventually(() => expect(one.heard).toEqual([long, bytes, 'short', long]))
  await eventually(() => expect(polling.heard).toEqual([long, 'short']))
  one.socket.close()
  polling.socket.close()
})

test.each([1, 50, 3_000])('an event with %i heads comes to several as Socket.IO would have told it', async (count) => {
  const readers = [await open('websocket'), await open('websocket'), await open('polling')]
  const heads = Object.fromEntries(Array.from({ length: count }, (_, index) => [`"ü漢${index}\n`, index]))
  const said = { serverTime: 7, logEpoch: 'e', heads }
  const told: unknown[] = []
  for (const { socket } of readers) socket.on('heads', (what: unknown) => told.push(what))
  const connections = readers.map(({ socket }) => io.sockets.sockets.get(String(socket.id))?.conn)
  tellAll(
    connections.filter((connection) => connection !== undefined),
    'heads',
    said,
  )
  await eventually(() => expect(told).toEqual([said, said, said]))
  for (const { socket } of readers) socket.close()
})

test('what waits for a connection leaves in one write, in its order', async () => {
  const { socket, heard } = await open('websocket')
  const known = io.sockets.sockets.get(String(socket.id))
  const wire: unknown = Reflect.get(Reflect.get(known?.conn.transport ?? {}, 'socket'), '_socket')
  if (!(wire instanceof Socket)) throw new Error('no TCP connection')
  const [writes, gathered] = [vi.spyOn(wire, '_write'), vi.spyOn(wire, '_writev')]
  const said = Array.from({ length: 20 }, (_, index) => `${index} of them`)
  for (const one of said) known?.emit('said', one)
  await eventually(() => expect(heard).toEqual(said))
  expect([writes.mock.calls.length, gathered.mock.calls.length]).toEqual([1, 1]) // the first, and all that waited for it
  socket.close()
})
