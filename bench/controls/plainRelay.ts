import { createServer } from 'node:http'
import { Server } from 'socket.io'
import { createSynced } from './synced.ts'

/**
 * The control: the least that a Socket.IO relay with rooms can be. No log, no numbers, no acknowledgement, no rights. With
 * `SYNC_FILE` it waits for the disk before it sends something on.
 */
const synced = createSynced(process.env['SYNC_FILE'])
const ENTRY = {
  type: 'command_result',
  sessionId: '00000000-0000-4000-8000-0000000000c1',
  commandId: '00000000-0000-4000-8000-0000000000d1',
  kind: 'notice',
  response: 'x'.repeat(300),
  status: 'streaming',
  at: 1,
}
const http = createServer()
const io = new Server(http, { perMessageDeflate: false })
io.on('connection', (socket) => {
  socket.on('join', (room: string, done?: () => void) => {
    void socket.join(room)
    done?.()
  })
  socket.on('chunk', (chunk: { sessionId: string; text?: string }) => {
    synced.write(chunk.text ?? '', () => io.to(chunk.sessionId).emit('chunk', chunk))
  })
  /** History as most do it: each entry a message of its own. */
  socket.on('history', (entries: number) => {
    for (let seq = 1; seq <= entries; seq += 1) socket.emit('chunk', { ...ENTRY, seq, prev: seq - 1 })
  })
})
http.listen(Number(process.env['PORT']), '127.0.0.1', () => console.log('ready'))
