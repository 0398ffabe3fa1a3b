import { randomUUID } from 'node:crypto'
import { AGENT_PATH, BROWSER_PATH, PROTOCOL_VERSION } from '@farhand/shared'
import { freePort } from '../../packages/server/test/freePort.ts'
import { startPart } from '../parts/process.ts'
import { openRelay, type Relay } from '../parts/relay.ts'
import { openWire, type Wire } from '../parts/wire.ts'
import { openFrames, type FrameClient } from './frames.ts'

/** A relay under load, whatever it is made of: sessions with one writer and some readers. */
export type LoadedRelay = {
  name: string
  /** Of all its processes. */
  pids: readonly number[]
  sessions: readonly LoadedSession[]
  close(): Promise<void>
}

export type LoadedSession = {
  readers: number
  /** Says the next chunks, in one message where this writer does that. */
  say(chunks: number): void
  /** Hears of every delivery: how many chunks came to one of the readers. */
  onDelivered(hear: (chunks: number) => void): void
}

export type Shape = { sessions: number; readers: number }

const TEXT = 'x'.repeat(80)

/** What one chunk is on the wire, the same for every relay: what Farhand's agent says of one. */
function chunkJson(sessionId: string, commandId: string, n: number): string {
  return `{"type":"command_response","sessionId":"${sessionId}","commandId":"${commandId}","n":${n},"kind":"text","key":"msg_01bench:0","data":"${TEXT}","isComplete":false,"status":"streaming","at":1700000000000}`
}

export async function wsRelay(shape: Shape): Promise<LoadedRelay> {
  const port = await freePort()
  const part = await startPart('controls/wsRelay.ts', [], { PORT: String(port) })
  const wires: Wire[] = []
  const open = async (query: string, message: (message: Buffer) => void = () => {}): Promise<Wire> => {
    const wire = await openWire(`http://127.0.0.1:${port}/?${query}`, { message, closed: () => {} })
    wires.push(wire)
    return wire
  }
  const sessions = await forEach(shape.sessions, async () => {
    const id = randomUUID()
    let hear: (chunks: number) => void = () => {}
    const writer = await open(`session=${id}`)
    for (let count = 0; count < shape.readers; count += 1) await open(`session=${id}&reader`, () => hear(1))
    let n = 0
    return {
      readers: shape.readers,
      say: (chunks: number) => {
        for (let count = 0; count < chunks; count += 1) writer.send(chunkJson(id, id, (n += 1)))
      },
      onDelivered: (listener: (chunks: number) => void) => {
        hear = listener
      },
    }
  })
  const close = async (): Promise<void> => {
    for (const wire of wires) wire.close()
    await part.stop()
  }
  return { name: 'ws', pids: [part.pid], sessions, close }
}

export async function plainRelay(shape: Shape): Promise<LoadedRelay> {
  const port = await freePort()
  const part = await startPart('controls/plainRelay.ts', [], { PORT: String(port) })
  const url = `http://127.0.0.1:${port}`
  const clients: FrameClient[] = []
  const open = async (): Promise<FrameClient> => {
    const client = await openFrames(url, '/socket.io', {})
    clients.push(client)
    return client
  }
  const sessions = await forEach(shape.sessions, async () => {
    const id = randomUUID()
    const writer = await open()
    const readers = await forEach(shape.readers, async () => {
      const reader = await open()
      await reader.ask(`["join","${id}"]`)
      return reader
    })
    let n = 0
    return {
      readers: shape.readers,
      say: (chunks: number) => {
        for (let count = 0; count < chunks; count += 1) writer.send(`["chunk",${chunkJson(id, id, (n += 1))}]`)
      },
      onDelivered: (hear: (chunks: number) => void) => {
        for (const reader of readers) reader.onEvent(() => hear(1))
      },
    }
  })
  return { name: 'Socket.IO', pids: [part.pid], sessions, close: closing(clients, () => part.stop()) }
}

/** @param batch how many chunks the agent puts into one message */
export async function farhandRelay(shape: Shape, batch: number): Promise<LoadedRelay> {
  const relay = await openRelay()
  const name = batch === 1 ? 'Farhand' : `Farhand, batches of ${batch}`
  return await loadFarhand({ name, shape, batch, relays: [relay], close: relay.close })
}

export type LoadedFarhand = {
  name: string
  shape: Shape
  /** How many chunks the agent puts into one message. */
  batch: number
  /** Of one log. The agents are at the first, the readers at the last. */
  relays: readonly [Relay, ...Relay[]]
  close(): Promise<void>
}

export async function loadFarhand({ name, shape, batch, relays, close }: LoadedFarhand): Promise<LoadedRelay> {
  const [relay] = relays
  const { url: readersUrl } = relays.at(-1) ?? relay
  const clients: FrameClient[] = []
  const openReader = async (): Promise<FrameClient> => {
    const client = await openFrames(readersUrl, BROWSER_PATH, { token: relay.ownerToken })
    clients.push(client)
    return client
  }
  const sessions = await forEach(shape.sessions, async () => {
    const [agentId, projectId, sessionId, commandId] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()]
    const proof = { token: relay.agentToken, agentId, connNo: 1, protocol: PROTOCOL_VERSION }
    const writer = await openFrames(relay.url, AGENT_PATH, proof)
    clients.push(writer)
    const projects = [{ projectId, name: 'bench', path: '/bench' }]
    const hello = {
      protocol: PROTOCOL_VERSION,
      agentId,
      connNo: 1,
      bootId: 'b',
      name: 'bench',
      host: 'h',
      versions: {},
    }
    accepted(await writer.ask(JSON.stringify(['agent_hello', { ...hello, projects, sessions: [] }])))
    const readers = await forEach(shape.readers, openReader)
    const command = { projectId, sessionId, commandId, command: 'bench' }
    for (const [index, reader] of readers.entries()) {
      const question = index === 0 ? ['execute_command', command] : ['subscribe', { sessionId }]
      accepted(await reader.ask(JSON.stringify(question)))
    }
    let n = 0
    return {
      readers: shape.readers,
      say: (chunks: number) => {
        for (let left = chunks; left > 0; left -= batch) {
          const said = Array.from({ length: Math.min(batch, left) }, () => chunkJson(sessionId, commandId, (n += 1)))
          writer.send(`["command_response",${said.length === 1 ? said[0] : `[${said.join()}]`}]`)
        }
      },
      onDelivered: (hear: (chunks: number) => void) => {
        for (const reader of readers) reader.onEvent((event) => hear(entriesIn(event)))
      },
    }
  })
  return { name, pids: relays.map((one) => one.pid()), sessions, close: closing(clients, close) }
}

const RESULT = Buffer.from('"type":"command_result"')

/** How many entries an event or an answer holds. */
export function entriesIn(event: Buffer): number {
  let count = 0
  for (let at = event.indexOf(RESULT); at >= 0; at = event.indexOf(RESULT, at + RESULT.length)) count += 1
  return count
}

function accepted(answer: string): void {
  if (!answer.startsWith('[{"ok":true')) throw new Error(`refused: ${answer.slice(0, 200)}`)
}

function closing(clients: readonly FrameClient[], stop: () => Promise<void>): () => Promise<void> {
  return async () => {
    for (const client of clients) client.close()
    await stop()
  }
}

async function forEach<T>(count: number, make: () => Promise<T>): Promise<T[]> {
  const made: T[] = []
  for (let index = 0; index < count; index += 1) made.push(await make())
  return made
}
