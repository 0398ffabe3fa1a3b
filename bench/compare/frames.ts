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
  /** The same, with the acknowledgement's bytes: reading a quarter of a megabyte as text costs more than getting it. */
  askBytes(event: string): Promise<Buffer>
  /** Every event, as JSON. Acknowledgements that the relay asks for are given. */
  onEvent(hear: (event: string) => void): void
  close(): void
}

/** Resolves when the relay has taken the connection; rejects when it ends before. */
export async function openFrames(url: string, path: string, auth: object): Promise<FrameClient> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}${path}/?EIO=4&transport=websocket`, {
    perMessageDeflate: false,
  })
  const asked = new Map<string, PromiseWithResolvers<Buffer>>()
  const { promise: connected, resolve: connect, reject: fail } = Promise.withResolvers<void>()
  let hear: (event: string) => void = () => {}
  let lastId = 0

  function take(frame: Buffer): void {
    const beginning = frame.toString('latin1', 0, BEGINNING_BYTES)
    if (beginning === '2') return socket.send('3')
    if (beginning.startsWith('40')) return connect()
    const [before, type, id] = FRAME.exec(beginning) ?? []
    if (before === undefined || id === undefined) return
    if (type === '43') {
      asked.get(id)?.resolve(frame.subarray(before.length))
      asked.delete(id)
      return
    }
    if (id !== '') socket.send(`43${id}[{"ok":true}]`)
    hear(frame.toString('utf8', before.length))
  }

  function askBytes(event: string): Promise<Buffer> {
    const id = String((lastId += 1))
    const question = Promise.withResolvers<Buffer>()
    asked.set(id, question)
    socket.send(`42${id}${event}`)
    return question.promise
  }

  socket.on('error', fail)
  socket.on('close', () => {
    const gone = new Error('the relay closed the connection')
    fail(gone)
    for (const question of asked.values()) question.reject(gone)
  })
  socket.on('open', () => socket.send(`40${JSON.stringify(auth)}`))
  socket.on('message', (data: Buffer) => take(data))
  await connected
  return {
    send: (event) => socket.send(`42${event}`),
    ask: async (event) => (await askBytes(event)).toString(),
    askBytes,
    onEvent: (listener) => {
      hear = listener
    },
    close: () => socket.terminate(),
  }
}

/** Holds what stands before the JSON of any frame. */
const BEGINNING_BYTES = 24
/** A message or an acknowledgement, and its number if it has one; its JSON follows. */
const FRAME = /^(4[23])(\d*)(?=\[)/
