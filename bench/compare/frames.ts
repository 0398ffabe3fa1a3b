import { WebSocket } from 'ws'

/**
 * A client that speaks Socket.IO's frames itself. It costs next to nothing, and the same whatever relay it talks to, so
 * that the relay is what is measured.
 */
export type FrameClient = {
  /** The text behind `42`: an event with its payload, as JSON. */
  send(event: string): void
  /** Sends an event and resolves with its acknowledgement, as JSON; rejects when the connection ends before. */
  ask(event: string): Promise<string>
  /** Every event, as JSON. Acknowledgements that the relay asks for are given. */
  onEvent(hear: (event: string) => void): void
  close(): void
}

/** Resolves when the relay has taken the connection; rejects when it ends before. */
export async function openFrames(url: string, path: string, auth: object): Promise<FrameClient> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}${path}/?EIO=4&transport=websocket`, {
    perMessageDeflate: false,
  })
  const asked = new Map<string, PromiseWithResolvers<string>>()
  const { promise: connected, resolve: connect, reject: fail } = Promise.withResolvers<void>()
  let hear: (event: string) => void = () => {}
  let lastId = 0

  function take(frame: string): void {
    if (frame === '2') return socket.send('3')
    if (frame.startsWith('40')) return connect()
    const [, type, id, json] = FRAME.exec(frame) ?? []
    if (json === undefined || id === undefined) return
    if (type === '43') {
      asked.get(id)?.resolve(json)
      asked.delete(id)
      return
    }
    if (id !== '') socket.send(`43${id}[{"ok":true}]`)
    hear(json)
  }

  socket.on('error', fail)
  socket.on('close', () => {
    const gone = new Error('the relay closed the connection')
    fail(gone)
    for (const question of asked.values()) question.reject(gone)
  })
  socket.on('open', () => socket.send(`40${JSON.stringify(auth)}`))
  socket.on('message', (data: Buffer) => take(data.toString()))
  await connected
  return {
    send: (event) => socket.send(`42${event}`),
    ask: (event) => {
      const id = String((lastId += 1))
      const question = Promise.withResolvers<string>()
      asked.set(id, question)
      socket.send(`42${id}${event}`)
      return question.promise
    },
    onEvent: (listener) => {
      hear = listener
    },
    close: () => socket.terminate(),
  }
}

/** A message or an acknowledgement, its number if it has one, and its JSON. */
const FRAME = /^(4[23])(\d*)(\[[^]*)$/
