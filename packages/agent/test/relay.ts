import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server as HttpServer } from 'node:http'
import {
  AGENT_FRAME_BYTES,
  AGENT_PATH,
  FarhandError,
  agentHandshakeSchema,
  agentHelloSchema,
  commandResponsesSchema,
  toWire,
  type Ack,
  type AgentCommand,
  type AgentHello,
  type AgentStatus,
  type AgentToServer,
  type CommandResponse,
  type ErrorCode,
  type ServerToAgent,
} from '@farhand/shared'
import { Server, type Socket } from 'socket.io'

type AgentSocket = Socket<AgentToServer, ServerToAgent>

/** The relay's side of the agent path, as far as an agent can tell: it keeps a log in memory and follows the protocol. */
export type Relay = {
  url: string
  port: number
  /** How often an agent has dialled. */
  handshakes: number
  hellos: AgentHello[]
  statuses: AgentStatus[]
  /** What is stored of a session, by number. */
  log(sessionId: string): CommandResponse[]
  /** How many responses came in all, repeats included. */
  received(): number
  /** What went wrong in what the agent sent. */
  complaints: string[]
  /** The present connection. */
  socket(): AgentSocket | undefined
  send(input: AgentCommand): Promise<Ack>
  request(method: string, params?: object): Promise<Ack<{ result: unknown }>>
  /** The result. @throws Error where it is refused */
  ask(method: string, params?: object): Promise<unknown>
  /** Given with the next answer to a hello. */
  waiting: AgentCommand[]
  /** While true, responses are stored but not acknowledged. */
  silent: boolean
  /** Files that commands may name, by id. */
  attachments: Map<string, { said: object; content: Buffer; hangs?: true }>
  /** What the next handshake or hello is refused with. */
  refuse: { at: 'handshake' | 'hello'; code: ErrorCode } | undefined
  close(): Promise<void>
}

export async function startRelay(from: { port?: number; logs?: Map<string, CommandResponse[]> } = {}): Promise<Relay> {
  const http = createServer((request, response) => {
    const found = relay.attachments.get(/^\/api\/agent\/attachments\/(.+)$/.exec(request.url ?? '')?.[1] ?? '')
    if (request.headers.authorization === undefined) response.writeHead(401).end()
    else if (found === undefined) response.writeHead(404).end()
    else if (found.hangs !== true) {
      const said = encodeURIComponent(JSON.stringify(found.said))
      response.writeHead(200, { 'x-farhand-attachment': said }).end(found.content)
    }
  })
  const io = new Server<AgentToServer, ServerToAgent>(http, {
    path: AGENT_PATH,
    serveClient: false,
    maxHttpBufferSize: AGENT_FRAME_BYTES,
  })
  const logs = from.logs ?? new Map<string, CommandResponse[]>()
  let current: AgentSocket | undefined
  let received = 0
  let epoch = 0

  const relay: Relay = {
    url: '',
    port: 0,
    handshakes: 0,
    hellos: [],
    statuses: [],
    complaints: [],
    waiting: [],
    silent: false,
    attachments: new Map(),
    refuse: undefined,
    log: (sessionId) => logs.get(sessionId) ?? [],
    received: () => received,
    socket: () => current,
    send: (input) => live(current).timeout(5_000).emitWithAck('agent_command', input),
    request: (method, params = {}) =>
      live(current)
        .timeout(20_000)
        .emitWithAck('agent_request', {
          projectId: relay.hellos.at(-1)?.projects[0]?.projectId ?? '',
          method,
          params,
          author: AUTHOR,
        }),
    async ask(method, params) {
      const answer = await relay.request(method, params)
      if (!answer.ok) throw new Error(`${answer.error.code}: ${answer.error.message}`)
      return answer.result
    },
    async close() {
      await io.close()
    },
  }

  io.use((socket, next) => {
    relay.handshakes += 1
    const auth = agentHandshakeSchema.safeParse(socket.handshake.auth)
    if (!auth.success) relay.complaints.push('the handshake has another shape')
    if (relay.refuse?.at !== 'handshake') return next()
    next(Object.assign(new Error('refused'), { data: toWire(new FarhandError(relay.refuse.code)) }))
  })
  io.on('connection', (socket) => {
    let greeted = false
    socket.on('agent_hello', (payload, ack) => {
      const hello = agentHelloSchema.parse(payload)
      if (relay.refuse?.at === 'hello') return ack({ ok: false, error: toWire(new FarhandError(relay.refuse.code)) })
      relay.hellos.push(hello)
      greeted = true
      current = socket
      epoch += 1
      const known = new Set([...logs.keys(), ...hello.sessions.map(({ sessionId }) => sessionId)])
      const sessions = [...known].map((sessionId) => ({ sessionId, lastN: relay.log(sessionId).length }))
      ack({ ok: true, epoch, sessions, inputs: relay.waiting.splice(0) })
    })
    socket.on('agent_status', (status) => {
      if (!greeted) relay.complaints.push('a status before the hello')
      relay.statuses.push(status)
    })
    socket.on('command_response', (payload) => {
      const parsed = commandResponsesSchema.safeParse(payload)
      if (!greeted) relay.complaints.push('a response before the hello')
      if (!parsed.success) relay.complaints.push(`a response of another shape: ${parsed.error.message}`)
      else for (const response of [parsed.data].flat()) store(socket, response)
    })
  })

  function store(socket: AgentSocket, response: CommandResponse): void {
    received += 1
    const { sessionId, n } = response
    const log = relay.log(sessionId)
    logs.set(sessionId, log)
    if (n > log.length + 1) {
      socket.emit('gap', { sessionId, lastN: log.length })
      return
    }
    if (n === log.length + 1) log.push(response)
    else if (log[n - 1]?.data !== response.data) relay.complaints.push(`other content under ${n}`)
    if (!relay.silent) socket.emit('ack_responses', { sessionId, n })
  }

  relay.port = await listen(http, from.port)
  relay.url = `http://127.0.0.1:${relay.port}`
  return relay
}

export const AUTHOR = { id: 'owner', name: 'Owner' }

/** Below what systems give to those who ask for any port: while the relay is away nobody of them gets its own. */
const FIRST_PORT = 20_000
const PORTS = 12_000

async function listen(http: HttpServer, port?: number): Promise<number> {
  for (;;) {
    const wanted = port ?? FIRST_PORT + randomInt(PORTS)
    try {
      http.listen(wanted, '127.0.0.1')
      await once(http, 'listening')
      return wanted
    } catch (error) {
      if (port !== undefined) throw error
    }
  }
}

function live(socket: AgentSocket | undefined): AgentSocket {
  if (socket === undefined) throw new Error('no agent is connected')
  return socket
}
