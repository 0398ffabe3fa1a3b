import { WebSocketServer, type WebSocket } from 'ws'

/** The floor: what comes in for a session goes to its readers as it is, unread. `?session=…`, readers add `&reader`. */
const server = new WebSocketServer({ port: Number(process.env['PORT']), host: '127.0.0.1', perMessageDeflate: false })
const readers = new Map<string, Set<WebSocket>>()

server.on('connection', (socket, request) => {
  const { searchParams } = new URL(request.url ?? '/', 'http://relay')
  const session = searchParams.get('session') ?? ''
  const mine = readers.get(session) ?? new Set()
  readers.set(session, mine)
  if (searchParams.has('reader')) mine.add(socket)
  socket.on('close', () => mine.delete(socket))
  socket.on('message', (frame) => {
    for (const reader of mine) reader.send(frame, { binary: false })
  })
})
server.on('listening', () => console.log('ready'))
