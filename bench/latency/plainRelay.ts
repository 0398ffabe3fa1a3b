import { createServer } from 'node:http'
import { Server } from 'socket.io'

/** The control: the least that a Socket.IO relay with rooms can be. No log, no numbers, no acknowledgement, no rights. */
const http = createServer()
const io = new Server(http, { perMessageDeflate: false })
io.on('connection', (socket) => {
  socket.on('join', (room: string, done: () => void) => {
    void socket.join(room)
    done()
  })
  socket.on('chunk', (chunk: { room: string; text: string }) => {
    io.to(chunk.room).emit('chunk', chunk)
  })
})
http.listen(Number(process.env['PORT']), '127.0.0.1', () => console.log('ready'))
