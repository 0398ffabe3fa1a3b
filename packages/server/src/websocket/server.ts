import type { Server as HttpServer } from 'node:http'
import {
  AGENT_FRAME_BYTES,
  AGENT_PATH,
  AUTH_TIMEOUT_MS,
  BROWSER_FRAME_BYTES,
  BROWSER_PATH,
  FarhandError,
  LIMITS,
  PING_TIMEOUT_MS,
  PROTOCOL_VERSION,
  agentHandshakeSchema,
  browserHandshakeSchema,
  speaks,
  toWire,
} from '@farhand/shared'
import { Server, type ServerOptions, type Socket } from 'socket.io'
import { senderAddress, type Attempts } from '../auth/attempts.ts'
import { deviceOf } from '../auth/device.ts'
import { toAuthor, tokenCredential, type Identity, type Login } from '../auth/login.ts'
import { agentOriginRule, type OriginRule } from '../auth/origin.ts'
import type { Tickets } from '../auth/tickets.ts'
import type { Tokens } from '../auth/tokens.ts'
import type { Config } from '../config.ts'
import type { Logger } from '../logger.ts'
import { agentHandlers, type AgentParts } from './agentHandlers.ts'
import { trackBacklog } from './backlog.ts'
import { createLimits, guardSocket } from './dispatcher.ts'
import { encodePages, sendPagesAsFrames } from './encoding.ts'
import { writeWhole } from './frames.ts'
import { sayGoodbye } from './goodbye.ts'
import { browserHandlers, type BrowserParts } from './handlers.ts'
import { limitIntake } from './intake.ts'
import { mergeResponses } from './merging.ts'
import type { AgentServer, AgentSocket, BrowserServer, BrowserSocket } from './sockets.ts'

/** A person's page needs a few; a script that needs more is told when to go on. */
export const BROWSER_EVENTS_PER_SECOND = 60

export type Credentials = {
  login: Login
  tokens: Tokens
  tickets: Tickets
  attempts: Attempts
  behindProxy: boolean
  /** Whether a credential is still valid, as known within half a second. */
  isLive(credentialId: string): Promise<boolean>
}

type Wiring = {
  credentials: Credentials
  logger: Logger
  /** Somebody did not prove who they are; the code is what they were told. */
  onRefused(code: string): void
}

/** The two engines, which share one HTTP server: their origin rules and size limits differ. */
export function createEngines(
  http: HttpServer,
  config: Config,
  browserOrigins: OriginRule,
): {
  browsers: BrowserServer
  agents: AgentServer
} {
  const browsers: BrowserServer = new Server(http, {
    ...commonOptions(config, browserOrigins),
    path: BROWSER_PATH,
    maxHttpBufferSize: BROWSER_FRAME_BYTES,
  })
  const agents: AgentServer = new Server(http, {
    ...commonOptions(config, agentOriginRule),
    path: AGENT_PATH,
    maxHttpBufferSize: AGENT_FRAME_BYTES,
    destroyUpgrade: false, // the other engine ends upgrades that belong to neither
  })
  encodePages(browsers.encoder)
  return { browsers, agents }
}

function commonOptions(config: Config, originRule: OriginRule): Partial<ServerOptions> {
  return {
    serveClient: false,
    transports: config.enableWebSocket ? ['websocket', 'polling'] : ['polling'],
    perMessageDeflate: false,
    pingInterval: config.heartbeatIntervalMs,
    pingTimeout: PING_TIMEOUT_MS,
    connectTimeout: AUTH_TIMEOUT_MS,
    // Not `cors`: browsers don't ask it before they open a WebSocket (CON5).
    allowRequest: (request, answer) => {
      const allowed = originRule(request.headers)
      answer(allowed ? null : 'This origin may not connect.', allowed)
    },
  }
}

// --- Browsers -------------------------------------------------------------------------------------------------------

export function serveBrowsers(
  io: BrowserServer,
  wiring: Wiring & { parts: BrowserParts; logEpoch: string; instance: string; eventsPerSecond: number | undefined },
): void {
  const { credentials, logger, parts, logEpoch, instance } = wiring
  const limits = createLimits(wiring.eventsPerSecond)
  io.use((socket, next) => {
    authenticateBrowser(socket, credentials).then(
      () => next(),
      (error: unknown) => refuseConnection(socket, error, next, wiring),
    )
  })
  io.on('connection', (socket) => {
    trackBacklog(socket.conn)
    sendPagesAsFrames(socket.conn)
    writeWhole(socket.conn)
    limitIntake(socket.conn)
    freeRequest(socket)
    const { id, name } = socket.data.principal
    const serverTime = parts.context.clock.now()
    const user = { id, name }
    socket.emit('welcome', { protocol: PROTOCOL_VERSION, serverTime, logEpoch, instance, user, limits: LIMITS })
    socket.once('disconnect', () => parts.observers.leaveAll(socket.id))
    guardSocket({
      socket,
      handlers: browserHandlers(socket, parts),
      limits,
      isLive: () => credentials.isLive(socket.data.credentialId),
      goodbye: (error) => sayGoodbye(socket, error),
      logger,
    })
  })
}

async function authenticateBrowser(socket: BrowserSocket, credentials: Credentials): Promise<void> {
  const parsed = browserHandshakeSchema.safeParse(socket.handshake.auth)
  if (!parsed.success) throw new FarhandError('UNAUTHENTICATED')
  const identity =
    'ticket' in parsed.data
      ? await credentials.tickets.redeem(parsed.data.ticket)
      : await verifyToken(credentials, socket, parsed.data.token)
  if (identity === undefined || !(await credentials.login.isLive(identity.credentialId))) {
    throw new FarhandError('UNAUTHENTICATED')
  }
  const device = deviceOf(socket.handshake.headers['user-agent'])
  socket.data.principal = toAuthor(identity, device)
  socket.data.credentialId = identity.credentialId
}

async function verifyToken(credentials: Credentials, socket: BrowserSocket, token: string): Promise<Identity> {
  const { attempts, login } = credentials
  return await attempts.guard('token', addressOf(socket, credentials), async () => {
    const identity = await login.byToken(token)
    if (identity === undefined) throw new FarhandError('UNAUTHENTICATED', 'This token is not valid.')
    return identity
  })
}

// --- Agents ---------------------------------------------------------------------------------------------------------

export function serveAgents(io: AgentServer, wiring: Wiring & { parts: AgentParts }): void {
  const { credentials, logger, parts } = wiring
  const limits = createLimits(undefined)
  io.use((socket, next) => {
    authenticateAgent(socket, credentials).then(
      () => next(),
      (error: unknown) => refuseConnection(socket, error, next, wiring),
    )
  })
  io.on('connection', (socket) => {
    writeWhole(socket.conn)
    mergeResponses(socket)
    freeRequest(socket)
    const credential = tokenCredential(socket.data.tokenId) // made once: it is looked up for every message
    const silent = setTimeout(() => {
      if (socket.data.epoch === 0) socket.disconnect(true)
    }, AUTH_TIMEOUT_MS)
    socket.once('disconnect', () => clearTimeout(silent))
    guardSocket({
      socket,
      handlers: agentHandlers(socket, parts),
      limits,
      isLive: () => credentials.isLive(credential),
      goodbye: (error) => sayGoodbye(socket, error),
      logger,
    })
  })
}

async function authenticateAgent(socket: AgentSocket, credentials: Credentials): Promise<void> {
  const { attempts, tokens } = credentials
  const parsed = agentHandshakeSchema.safeParse(socket.handshake.auth)
  if (!parsed.success) throw new FarhandError('UNAUTHENTICATED')
  const { token, agentId, connNo, protocol } = parsed.data
  const record = await attempts.guard('agent', addressOf(socket, credentials), async () => {
    const known = await tokens.verify('agent', token)
    if (known === undefined) throw new FarhandError('UNAUTHENTICATED', 'This agent token is not valid.')
    return known
  })
  if (!speaks(protocol)) throw new FarhandError('UPGRADE_REQUIRED')
  socket.data.agentId = agentId
  socket.data.connNo = connNo
  socket.data.tokenId = record.tokenId
  socket.data.epoch = 0
}

// --- Both -----------------------------------------------------------------------------------------------------------

type AnySocket = Pick<Socket, 'conn' | 'handshake'>

function addressOf({ handshake }: AnySocket, { behindProxy }: Credentials): string {
  return senderAddress(handshake.address, handshake.headers, behindProxy)
}

/** The client gets the code as `connect_error.data`, and nobody keeps an unproved connection (CON1). */
function refuseConnection(
  socket: AnySocket,
  error: unknown,
  next: (error: Error) => void,
  { logger, onRefused }: Pick<Wiring, 'logger' | 'onRefused'>,
): void {
  const wire = toWire(error)
  onRefused(wire.code)
  if (wire.code === 'INTERNAL') logger.error({ err: error }, 'a connection could not be judged')
  else logger.info({ code: wire.code }, 'a connection was refused')
  next(Object.assign(new Error(wire.message), { data: wire }))
  setImmediate(() => socket.conn.close()) // after the refusal was written
}

/** The handshake's request is of no use any more, and each one is two kilobytes. */
function freeRequest(socket: AnySocket): void {
  Reflect.deleteProperty(socket.conn, 'request')
}
