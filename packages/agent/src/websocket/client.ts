import { setTimeout as sleep } from 'node:timers/promises'
import {
  ACK_TIMEOUT_MS,
  AGENT_PATH,
  FarhandError,
  ackResponsesSchema,
  agentCommandSchema,
  fencedSchema,
  gapSchema,
  goodbyeSchema,
  helloAcceptedSchema,
  reconnectDelay,
  type AgentCommand,
  type AgentHello,
  type AgentStatus,
  type HelloAccepted,
} from '@farhand/shared'
import { io } from 'socket.io-client'
import { z } from 'zod'
import { failpoint } from '../failpoint.ts'
import type { OutboxStore } from '../spool/outbox.ts'
import { handshake, readRefusal, type Refusal } from './auth.ts'
import { createDrain, type Drain, type Trouble } from './drain.ts'
import { registerHandlers, type HandlerParts } from './handlers.ts'
import { whyUnreachable } from './reach.ts'
import type { AgentSocket } from './socket.ts'

/** A connection that lived this long was no accident; the next wait begins small again. */
const STABLE_MS = 30_000
/** Nothing but a person can change these refusals. */
const SLOW_RETRY_MS = 30_000
const CONNECT_TIMEOUT_MS = 10_000
/** At the end, what was said last gets this long to reach the relay. */
const PARTING_MS = 1_000
const LOOK_EVERY_MS = 20

/** The link to the relay: dials for ever, greets, then sends what the spool holds. */
export type Client = {
  /** Sends the newest status, now or when the link is ready. */
  tellStatus(status: AgentStatus): void
  /** What was said last has a moment to reach the relay, where that can be reached. */
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
  /** How far the relay's log got in each session of this agent. @throws FarhandError `AGENT_STORAGE` */
  held(sessions: HelloAccepted['sessions']): void
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

type Connection =
  | { name: 'waiting'; timer: NodeJS.Timeout }
  | { name: 'dialling' | 'greeting' | 'ready'; socket: AgentSocket; since: number }
  | { name: 'closed' }

type State = ClientParts & {
  connection: Connection
  drain: Drain
  /** Failures since the last connection that lived. */
  attempt: number
  status: AgentStatus | undefined
  /** Why the relay says that it is going to close; told before it does. */
  farewell: Refusal | undefined
  /** Somebody is finding out why the relay can't be reached. */
  asksWhy: boolean
}

/** What no later attempt can change, because it takes another program or the end of another process. */
const FINAL_CODES = ['UPGRADE_REQUIRED', 'FENCED']
const SLOW_CODES = ['UNAUTHENTICATED', 'FORBIDDEN', 'AGENT_CONFLICT', 'DIVERGED']
const UNREACHABLE: Refusal = { code: 'UNREACHABLE', message: 'The relay cannot be reached.' }

export function startClient(parts: ClientParts): Client {
  const drain = createDrain(parts.outbox, parts.events.trouble)
  const stopListening = parts.onCommitted(drain.pump)
  const connection: Connection = { name: 'waiting', timer: setTimeout(() => tryToDial(state), 0) }
  const state: State = {
    ...parts,
    connection,
    drain,
    attempt: 0,
    status: undefined,
    farewell: undefined,
    asksWhy: false,
  }
  return {
    tellStatus(status) {
      state.status = status
      if (state.connection.name === 'ready') state.connection.socket.emit('agent_status', status)
    },
    async close() {
      await part(state)
      stopListening()
      if (state.connection.name === 'waiting') clearTimeout(state.connection.timer)
      if ('socket' in state.connection) leave(state.connection.socket)
      state.connection = { name: 'closed' }
      drain.disconnected()
    },
  }
}

/** Until the relay holds everything, or as long as nobody minds. What is kept back goes with the next start. */
async function part(state: State): Promise<void> {
  const deadline = performance.now() + PARTING_MS
  // What was said just now is committed in a moment.
  do await sleep(LOOK_EVERY_MS)
  while (state.connection.name === 'ready' && state.outbox.unsent().length > 0 && performance.now() < deadline)
}

/** A door: without a new number on the disk nothing is dialled (AG1). A disk that is full now may not be so later. */
function tryToDial(state: State): void {
  try {
    dial(state)
  } catch (error) {
    state.logger.error({ err: error }, 'a connection could not be numbered')
    const { code, message } = new FarhandError('AGENT_STORAGE', undefined, { cause: error })
    state.events.refused({ code, message }, dialLater(state, { code, message }))
  }
}

function dial(state: State): void {
  const socket = openSocket(state)
  state.farewell = undefined
  state.connection = { name: 'dialling', socket, since: performance.now() }
  socket.on('connect', () => void greet(state, socket))
  socket.on('connect_error', (error) => lost(state, socket, readRefusal(error) ?? UNREACHABLE))
  socket.on('disconnect', (reason) => {
    lost(state, socket, state.farewell ?? { code: UNREACHABLE.code, message: reason })
  })
  listen(state, socket)
  registerHandlers(socket, {
    ...state,
    accept(input) {
      state.drain.known(input.sessionId)
      return state.accept(input)
    },
  })
  socket.connect()
}

/** What the relay says without asking for an answer. What has another shape says nothing. */
function listen(state: State, socket: AgentSocket): void {
  socket.on('ack_responses', (payload) => {
    const ack = ackResponsesSchema.safeParse(payload).data
    if (ack !== undefined && isCurrent(state, socket)) state.drain.acked(ack.sessionId, ack.n)
  })
  socket.on('gap', (payload) => {
    const gap = gapSchema.safeParse(payload).data
    if (gap !== undefined && isCurrent(state, socket)) state.drain.gap(gap.sessionId, gap.lastN)
  })
  socket.on('fenced', (payload) => {
    const fenced = fencedSchema.safeParse(payload).data
    if (fenced !== undefined) lost(state, socket, { code: 'FENCED', message: fenced.reason })
  })
  socket.on('goodbye', (payload) => {
    const goodbye = goodbyeSchema.safeParse(payload).data
    if (goodbye === undefined) return
    const { code, message, retryAfterMs } = goodbye
    state.farewell = { code, message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
  })
}

/** Nothing is sent before the answer to the hello (CON1). */
async function greet(state: State, socket: AgentSocket): Promise<void> {
  if (!isCurrent(state, socket)) return
  state.connection = { name: 'greeting', socket, since: performance.now() }
  failpoint('agent.hello.beforeSend')
  const answer = await sayHello(socket, state)
  failpoint('agent.hello.afterAnswer')
  if (!isCurrent(state, socket)) return
  if (!answer.ok) {
    lost(state, socket, answer.refusal)
    return
  }
  const { sessions, inputs } = answer
  try {
    state.held(sessions)
    state.waiting(inputs)
  } catch (error) {
    // The disk does not take them; each comes again as a message of its own, and is refused or taken then.
    state.logger.error({ err: error }, 'inputs that waited could not be accepted')
  }
  state.connection = { name: 'ready', socket, since: performance.now() }
  if (state.status !== undefined) socket.emit('agent_status', state.status)
  state.drain.connected(sessions, (batch) => socket.emit('command_response', batch))
  state.events.connected()
}

function lost(state: State, socket: AgentSocket, refusal: Refusal): void {
  if (!isCurrent(state, socket)) return
  const { connection, events, drain } = state
  const wasReady = connection.name === 'ready'
  if (connection.name === 'ready' && performance.now() - connection.since > STABLE_MS) state.attempt = 0
  leave(socket)
  if (wasReady && refusal.code === 'NOT_FOUND') drain.unknownSession()
  drain.disconnected()
  if (wasReady) events.disconnected(refusal.message)
  if (FINAL_CODES.includes(refusal.code)) {
    state.connection = { name: 'closed' }
    events.gaveUp(refusal)
    return
  }
  const retryMs = dialLater(state, refusal)
  if (refusal.code !== UNREACHABLE.code) events.refused(refusal, retryMs)
  else if (!wasReady) void tellWhy(state, retryMs)
}

/** Answers in how many milliseconds. */
function dialLater(state: State, refusal: Refusal): number {
  const slow = SLOW_CODES.includes(refusal.code)
  const waitMs = slow ? SLOW_RETRY_MS : reconnectDelay(state.attempt, state.random())
  const retryMs = Math.max(waitMs, refusal.retryAfterMs ?? 0)
  state.attempt += 1
  state.connection = { name: 'waiting', timer: setTimeout(() => tryToDial(state), retryMs) }
  return retryMs
}

/** Beside the attempts, which wait for nothing. */
async function tellWhy(state: State, retryMs: number): Promise<void> {
  if (state.asksWhy) return
  state.asksWhy = true
  const message = await whyUnreachable(state.serverUrl)
  state.asksWhy = false
  const isNews = state.connection.name === 'waiting' || state.connection.name === 'dialling'
  if (isNews) state.events.refused({ ...UNREACHABLE, message }, retryMs)
}

function isCurrent({ connection }: State, socket: AgentSocket): boolean {
  return 'socket' in connection && connection.socket === socket
}

function leave(socket: AgentSocket): void {
  socket.removeAllListeners()
  socket.disconnect()
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

type HelloAnswer = ({ ok: true } & HelloAccepted) | { ok: false; refusal: Refusal }

async function sayHello(socket: AgentSocket, parts: ClientParts): Promise<HelloAnswer> {
  const { agentId, connNo, protocol } = socket.auth as ReturnType<typeof handshake> // what `openSocket` put there
  const hello = { ...parts.hello(), agentId, connNo, protocol }
  try {
    return readHelloAnswer(await socket.timeout(ACK_TIMEOUT_MS).emitWithAck('agent_hello', hello))
  } catch {
    // No answer in time, or the link is gone: both are cured by the next attempt.
    return { ok: false, refusal: UNREACHABLE }
  }
}

/** What has another shape is no answer (CON4). An input that can't be read comes again by itself, and is refused then. */
function readHelloAnswer(said: unknown): HelloAnswer {
  const taken = takenSchema.safeParse(said).data
  if (taken === undefined) return { ok: false, refusal: readRefusal({ data: said }) ?? UNREACHABLE }
  const inputs = taken.inputs.flatMap((input) => agentCommandSchema.safeParse(input).data ?? [])
  return { ...taken, inputs }
}

const takenSchema = helloAcceptedSchema.extend({ ok: z.literal(true), inputs: z.array(z.unknown()) })
