import { io } from 'socket.io-client'
import { chunk, loadFromArgv, play } from './load.ts'

/** The control's agent: emits each chunk and forgets it. */
const [url = '', ...load] = process.argv.slice(2)
const socket = io(url, { transports: ['websocket'] })
await new Promise<void>((connected) => socket.on('connect', () => connected()))
await play(loadFromArgv(load), (session) => socket.emit('chunk', { room: String(session), text: chunk() }))
socket.disconnect()
