import {
  ACK_TIMEOUT_MS,
  AGENT_PATH,
  ackResponsesSchema,
  fencedSchema,
  gapSchema,
  goodbyeSchema,
  reconnectDelay,
  type Ack,
  type AgentCommand,
  type AgentHello,
  type AgentStatus,
  type AgentToServer,
  type HelloAccepted,
  type ServerToAgent,
} from '@farhand/shared'
import { io, type Socket } from 'socket.io-client'
import type { OutboxStore } from '../spool/outbox.ts'
import { handshake, readRefusal, type Refusal } from './auth.ts'
import { createDrain, type Trouble } from './drain.ts'
import { registerHandlers, type HandlerParts } from './handlers.ts'

export type AgentSocket = Socket<ServerToAgent, AgentToServer>

/** A connection that lived this long was no accident; the next wait begins small again. */
const STABLE_MS = 30_000
/** Nothing but a person can change these refusals. */
const SLOW_RETRY_MS = 30_000
const CONNECT_TIMEOUT_MS = 10_000

/** The link to the relay: dials for ever, greets, then sends what the spool holds. */
export type Client = {
  /** Sends the newest status, now or when the link is ready. */
  tellStatus(status: AgentStatus): void
  close(): Promise<void>
}

export type ClientParts = HandlerParts & {
  serverUrl: string
  token: string
  agentId: string
  /** Grows with every call, and is on the disk when it is given (AG1). */
  nextConnNo(): number
  outbox: OutboxStore
  onCommitted(listener: () => void): () => void
  /** Everything of the hello but its connection. */
  hello(): Omit<AgentHello, 'agentId' | 'connNo' | 'protocol'>
  /** Inputs that wait at the relay, oldest first. Each comes again as `agent_command`. */
  waiting(inputs: AgentCommand[]): void
  random(): number
  events: ClientEvents
}

export type ClientEvents = {
  connected(): void
  disconnected(reason: string): void
  /** The relay can't be reached or refuses; the next attempt follows in `retryMs`. */
  refused(refusal: Refusal, retryMs: number): void
  /** Nothing more is tried. */
  gaveUp(refusal: Refusal): void
  /** Nothing of this session can be sent; the others go on. */
  trouble(sessionId: string, trouble: Trouble): void
}

type State =
  | { name: 'waiting'; timer: NodeJS.Timeout }
  | { name: 'dialling' | 'greeting' | 'ready'; socket: AgentSocket; since: number }
  | { name: 'closed' }

/** What no later attempt can change, because it takes another program or the end of another process. */
const FINAL_CODES = ['UPGRADE_REQUIRED', 'FENCED']
const SLOW_CODES = ['UNAUTHENTICATED', 'FORBIDDEN', 'AGENT_CONFLICT', 'DIVERGED']
const UNREACHABLE: Refusal = { code: 'UNREACHABLE', message: 'The relay cannot be reached.' }

export function startClient(parts: ClientParts): Client {
  const drain = createDrain(parts.outbox, parts.events.trouble)
  const stopListening = parts.onCommitted(drain.pump)
  let state: State = { name: 'waiting', timer: setTimeout(dial, 0) }
  let attempt = 0
  let status: AgentStatus | undefined
  /** Why the relay says that it is going to close; told before it does. */
  let farewell: Refusal | undefined

  function dial(): void {
    farewell = undefined
    const socket = openSocket(parts)
    state = { name: 'dialling', socket, since: performance.now() }
    socket.on('connect', () => void greet(socket))
    socket.on('connect_error', (error) => lost(socket, readRefusal(error) ?? UNREACHABLE))
    socket.on('disconnect', (reason) => lost(socket, farewell ?? { code: 'UNREACHABLE', message: reason }))
    socket.on('ack_responses', (payload) => {
      const ack = ackResponsesSchema.safeParse(payload).data
      if (ack !== undefined && isCurrent(socket)) drain.acked(ack.sessionId, ack.n)
    })
    socket.on('gap', (payload) => {
      const gap = gapSchema.safeParse(payload).data
      if (gap !== undefined && isCurrent(socket)) drain.gap(gap.sessionId, gap.lastN)
    })
    socket.on('fenced', (payload) => {
      const fenced = fencedSchema.safeParse(payload).data
      lost(socket, { code: 'FENCED', message: fenced?.reason ?? 'Another connection of this agent took over.' })
    })
    socket.on('goodbye', (payload) => {
      const goodbye = goodbyeSchema.safeParse(payload).data
      if (goodbye === undefined) return
      const { code, message, retryAfterMs } = goodbye
      farewell = { code, message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
    })
    registerHandlers(socket, {
      ...parts,
      accept(input) {
        drain.known(input.sessionId)
        parts.accept(input)
      },
    })
    socket.connect()
  }

  /** Nothing is sent before the answer to the hello (CON1). */
  async function greet(socket: AgentSocket): Promise<void> {
    if (!isCurrent(socket)) return
    state = { name: 'greeting', socket, since: performance.now() }
    const answer = await sayHello(socket, parts)
    if (!isCurrent(socket)) return
    if (!answer.ok) {
      lost(socket, answer.error)
      return
    }
    try {
      parts.waiting(answer.inputs)
    } catch (error) {
      // The disk does not take them; each comes again as a message of its own, and is refused or taken then.
      parts.logger.error({ err: error }, 'inputs that waited could not be accepted')
    }
    state = { name: 'ready', socket, since: performance.now() }
    if (status !== undefined) socket.emit('agent_status', status)
    drain.connected(answer.sessions, (batch) => socket.emit('command_response', batch))
    parts.events.connected()
  }

  function lost(socket: AgentSocket, refusal: Refusal): void {
    if (!isCurrent(socket)) return
    const wasReady = state.name === 'ready'
    if (state.name === 'ready' && performance.now() - state.since > STABLE_MS) attempt = 0
    socket.removeAllListeners()
    socket.disconnect()
    if (wasReady && refusal.code === 'NOT_FOUND') drain.unknownSession()
    drain.disconnected()
    if (wasReady) parts.events.disconnected(refusal.message)
    if (FINAL_CODES.includes(refusal.code)) {
      state = { name: 'closed' }
      parts.events.gaveUp(refusal)
      return
    }
    const waitMs = SLOW_CODES.includes(refusal.code) ? SLOW_RETRY_MS : reconnectDelay(attempt, parts.random())
    const retryMs = Math.max(waitMs, refusal.retryAfterMs ?? 0)
    attempt += 1
    state = { name: 'waiting', timer: setTimeout(dial, retryMs) }
    if (!wasReady || refusal.code !== 'UNREACHABLE') parts.events.refused(refusal, retryMs)
  }

  function isCurrent(socket: AgentSocket): boolean {
    return 'socket' in state && state.socket === socket
  }

  return {
    tellStatus(newest) {
      status = newest
      if (state.name === 'ready') state.socket.emit('agent_status', newest)
    },
    async close() {
      stopListening()
      if (state.name === 'waiting') clearTimeout(state.timer)
      if ('socket' in state) {
        state.socket.removeAllListeners()
        state.socket.disconnect()
      }
      state = { name: 'closed' }
      drain.disconnected()
    },
  }
}

/** Reconnecting is ours: Socket.IO's own would dial with an old connNo, and its retries lose or repeat messages. */
function openSocket({ serverUrl, token, agentId, nextConnNo }: ClientParts): AgentSocket {
  return io(serverUrl, {
    path: AGENT_PATH,
    auth: handshake(token, agentId, nextConnNo()),
    transports: ['websocket', 'polling'],
    tryAllTransports: true,
    reconnection: false,
    autoConnect: false,
    forceNew: true,
    timeout: CONNECT_TIMEOUT_MS,
    // The relay has compression off; this says the same where another one would offer it.
    perMessageDeflate: { threshold: Number.MAX_SAFE_INTEGER },
  })
}

async function sayHello(socket: AgentSocket, parts: ClientParts): Promise<Ack<HelloAccepted>> {
  const { agentId, connNo, protocol } = socket.auth as ReturnType<typeof handshake> // what `openSocket` put there
  try {
    return await socket
      .timeout(ACK_TIMEOUT_MS)
      .emitWithAck('agent_hello', { ...parts.hello(), agentId, connNo, protocol })
  } catch {
    // No answer in time, or the link is gone: both are cured by the next attempt.
    return { ok: false, error: { ...UNREACHABLE, retryable: true } }
  }
}
