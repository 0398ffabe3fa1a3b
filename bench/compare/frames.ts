import { openWire } from '../parts/wire.ts'

/**
 * A client that speaks Socket.IO's frames itself. It costs next to nothing, and the same whatever relay it talks to, so
 * that the relay is what is measured.
 */
export type FrameClient = {
  /** The text behind `42`: an event with its payload, as JSON. */
  send(event: string): void
  /** Sends an event and resolves with its acknowledgement, as JSON; rejects when the connection ends before. */
  ask(event: string): Promise<string>
  /** The same, and `look` is lent the acknowledgement's bytes: keeping a quarter of a megabyte costs more than getting it. */
  askFor<T>(event: string, look: (answer: Buffer) => T): Promise<T>
  /** Is lent every event, as the bytes of its JSON. Acknowledgements that the relay asks for are given. */
  onEvent(hear: (event: Buffer) => void): void
  close(): void
}

/** Resolves when the relay has taken the connection; rejects when it ends before. */
export async function openFrames(url: string, path: string, auth: object): Promise<FrameClient> {
  const asked = new Map<string, { answered: (answer: Buffer) => void; lost: (error: Error) => void }>()
  const { promise: connected, resolve: connect, reject: fail } = Promise.withResolvers<void>()
  let hear: (event: Buffer) => void = () => {}
  let lastId = 0

  function take(frame: Buffer): void {
    const beginning = frame.toString('latin1', 0, BEGINNING_BYTES)
    if (beginning === '2') return wire.send('3')
    if (beginning.startsWith('40')) return connect()
    const [before, type, id] = FRAME.exec(beginning) ?? []
    if (before === undefined || id === undefined) return
    if (type === '43') {
      asked.get(id)?.answered(frame.subarray(before.length))
      asked.delete(id)
      return
    }
    if (id !== '') wire.send(`43${id}[{"ok":true}]`)
    hear(frame.subarray(before.length))
  }

  function askFor<T>(event: string, look: (answer: Buffer) => T): Promise<T> {
    const id = String((lastId += 1))
    return new Promise((resolve, lost) => {
      asked.set(id, { answered: (answer) => resolve(look(answer)), lost })
      wire.send(`42${id}${event}`)
    })
  }

  const wire = await openWire(`${url}${path}/?EIO=4&transport=websocket`, {
    message: take,
    closed: () => {
      const gone = new Error('the relay closed the connection')
      fail(gone)
      for (const question of asked.values()) question.lost(gone)
    },
  })
  wire.send(`40${JSON.stringify(auth)}`)
  await connected
  return {
    send: (event) => wire.send(`42${event}`),
    ask: (event) => askFor(event, String),
    askFor,
    onEvent: (listener) => {
      hear = listener
    },
    close: wire.close,
  }
}

/** Holds what stands before the JSON of any frame. */
const BEGINNING_BYTES = 24
/** A message or an acknowledgement, and its number if it has one; its JSON follows. */
const FRAME = /^(4[23])(\d*)(?=\[)/
