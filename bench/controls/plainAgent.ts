import { io } from 'socket.io-client'
import { chunk } from '../parts/chunk.ts'
import { perform, shifted } from '../parts/work.ts'
import { createSynced } from './synced.ts'

/** The control's agent: emits each chunk and forgets it. `<url> <sessions> <chunks per second> <seconds> <chunk bytes> [file]` */
const [url = '', ...rest] = process.argv.slice(2)
const [sessions = 0, chunksPerSecond = 0, seconds = 0, chunkBytes = 0] = rest.slice(0, 4).map(Number)
const synced = createSynced(rest[4])
const socket = io(url, { transports: ['websocket'] })
await new Promise<void>((connected) => socket.on('connect', () => connected()))

const work = { chunkBytes, chunksPerSecond, chunks: chunksPerSecond * seconds }
await Promise.all(
  Array.from({ length: sessions }, (_, session) =>
    perform(shifted(work, session, sessions), () => {
      const text = chunk(chunkBytes)
      synced.write(text, () => socket.emit('chunk', { sessionId: String(session), text }))
    }),
  ),
)
const DRAIN_MS = 300
await new Promise((drained) => setTimeout(drained, DRAIN_MS))
socket.disconnect()
synced.close()
