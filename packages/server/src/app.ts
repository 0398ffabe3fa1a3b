import { randomBytes as nodeRandomBytes, randomUUID } from 'node:crypto'
import { createServer, type Server as HttpServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { FarhandError, projectRoom } from '@farhand/shared'
import type { Context } from './actions/context.ts'
import { readAgents } from './actions/status.ts'
import { lanAddresses, pageUrl } from './address.ts'
import { createAgents, type AgentConnection } from './agents/agents.ts'
import { createDelivery } from './agents/delivery.ts'
import { openAttachmentStore, type AttachmentStore } from './attachments/attachmentStore.ts'
import { sweepAttachments } from './attachments/housekeeping.ts'
import { createAttempts } from './auth/attempts.ts'
import { createLiveness } from './auth/liveness.ts'
import { createLogin } from './auth/login.ts'
import { allowedOrigins, browserOriginRule, isLoopback } from './auth/origin.ts'
import type { RandomBytes } from './auth/secrets.ts'
import { createTickets } from './auth/tickets.ts'
import { createTokens } from './auth/tokens.ts'
import type { Config } from './config.ts'
import { startHealthMonitor } from './health/monitor.ts'
import { createHttpApp } from './http/routes.ts'
import type { Answers } from './http/identity.ts'
import { loginLink } from './http/loginRoutes.ts'
import type { Streams } from './http/stream.ts'
import { startHousekeeping } from './log/housekeeping.ts'
import { openSessionLog } from './log/sessionLog.ts'
import type { Store } from './log/store.ts'
import type { Logger } from './logger.ts'
import { measureStore } from './metrics/measuredStore.ts'
import { codeLabel, createMeters, type Meters } from './metrics/meters.ts'
import { sample } from './metrics/sample.ts'
import { watchSockets } from './metrics/watchSockets.ts'
import { startRetention } from './retention/housekeeping.ts'
import type { Spans } from './tracing/spans.ts'
import { createTracing, type Tracing } from './tracing/tracing.ts'
import { sayGoodbye } from './websocket/goodbye.ts'
import { createObservers } from './websocket/observers.ts'
import { createProjectUpdates } from './websocket/projectUpdates.ts'
import { startRevocation } from './websocket/revocation.ts'
import { createRooms } from './websocket/rooms.ts'
import {
  BROWSER_EVENTS_PER_SECOND,
  createEngines,
  serveAgents,
  serveBrowsers,
  type Credentials,
} from './websocket/server.ts'
import type { AgentServer, BrowserServer } from './websocket/sockets.ts'
import { trackWires } from './websocket/wires.ts'

export type AppOptions = {
  config: Config
  /** The app closes it. */
  store: Store
  clock?: { now(): number }
  logger: Logger
  /** The built web app. @default packages/web/dist */
  webDir?: string
  randomBytes?: RandomBytes
  /** Per browser socket, with bursts up to twice as many. @default 60 */
  eventsPerSecond?: number
  /** How often the store is looked after and the process measured. @default 5 s */
  healthEveryMs?: number
  /** How often rules that delete sessions are looked at. @default a minute */
  retentionEveryMs?: number
  /** Told of every command on its way; the app closes it. @default nobody */
  spans?: Spans | undefined
}

export type App = {
  http: HttpServer
  /** Resolves when connections are taken; rejects with Node's own error where the address cannot be had. */
  listen(): Promise<{ port: number; url: string }>
  /** A new link that signs one person in once, within 24 h. Only after `listen`. */
  loginLink(): string
  /** Takes no more, says goodbye, brings to disk what was begun, and closes everything. */
  close(): Promise<void>
}

/** The composition root: every part is made and wired here. */
export async function createApp(options: AppOptions): Promise<App> {
  const { config, logger, clock = Date, randomBytes = nodeRandomBytes } = options
  const meters = createMeters()
  const { store, published } = measureStore(options.store, meters, clock)
  const attachments = openAttachmentStore({ dataDir: config.dataDir, clock })
  const tracing = options.spans && createTracing(options.spans)
  const core = createCore({ store, logger, clock, attachments, tracing })
  const auth = createAuth({ config, store, clock, randomBytes })
  const streams: Streams = new Set()
  const answers: Answers = new Set()
  if (store.rolledBack) logger.warn({ code: 'LOG_ROLLED_BACK', logEpoch: store.logEpoch }, ROLLED_BACK)
  const health = startHealthMonitor({ store, clock, logger, everyMs: options.healthEveryMs ?? HEALTH_EVERY_MS })

  let origins: ReadonlySet<string> = new Set() // known once the port is
  const originRule = browserOriginRule({ has: (origin) => origins.has(origin) })
  const http = createServer(
    { headersTimeout: HEADERS_TIMEOUT_MS, connectionsCheckingInterval: SILENCE_CHECK_MS },
    createHttpApp({
      ...auth,
      context: core.context,
      attachments,
      originRule,
      secure: config.publicUrl?.startsWith('https:') ?? false,
      webDir: options.webDir ?? fileURLToPath(new URL('../../web/dist', import.meta.url)),
      pageAddress: () => ({ url, reachable: !isLoopback(new URL(url).hostname.replace(/^\[|\]$/g, '')) }),
      streams,
      answers,
      health: health.report,
      meters,
      sample: () =>
        sample({ meters, store, agents: core.context.agents, health: health.report, dataDir: config.dataDir }),
      agents: () => readAgents(core.context, (agentId) => sockets.heardAt(agentId)),
      onEnded: (credentialId) => revocation.end(credentialId),
      logger,
    }),
  )
  // After the HTTP app: the engines put themselves before what listens already.
  const engines = createEngines(http, config, originRule)
  const { retentionEveryMs } = options
  const eventsPerSecond = options.eventsPerSecond ?? BROWSER_EVENTS_PER_SECOND
  const stopServing = serve({ ...engines, core, auth, logger, clock, eventsPerSecond, meters, retentionEveryMs })
  const sockets = watchSockets(engines, meters, clock)
  core.context.log.onCommitted(published) // after the rooms, whose publication it measures
  if (tracing !== undefined) core.context.log.onCommitted(tracing.published)
  const wires = trackWires(http, [engines.browsers.engine, engines.agents.engine])
  const revocation = startRevocation({ ...engines, streams, answers, wires, liveness: auth.liveness, logger })
  const stopSweeping = sweepAttachments(attachments, logger)
  const stopHousekeeping = startHousekeeping({
    store,
    log: core.context.log,
    isUnderWay: core.delivery.isUnderWay,
    clock,
    logger,
  })
  let url = ''
  let closing: Promise<void> | undefined

  async function close(): Promise<void> {
    const closed = new Promise<void>((resolve) => http.close(() => resolve()))
    stopHousekeeping()
    stopSweeping()
    health.close()
    revocation.close()
    await part(engines)
    for (const stream of [...streams]) stream.end()
    stopServing()
    await core.context.log.flush()
    engines.browsers.engine.close()
    engines.agents.engine.close()
    http.closeAllConnections()
    await closed
    await options.spans?.close()
    await store.close()
  }

  return {
    http,
    listen: async () => {
      const port = await listenOn(http, config)
      // Of an `accept` that failed, for want of file descriptors. Without a listener that ends the process.
      http.on('error', (error) => logger.error({ err: error }, 'a connection could not be taken'))
      const lan = config.lan ? lanAddresses() : []
      const { host, publicUrl, allowedOrigins: extra } = config
      origins = allowedOrigins({ host, port, publicUrl, extra, lanAddresses: lan })
      url = pageUrl(config, port, lan)
      logger.info({ host, port }, 'listening')
      return { port, url }
    },
    loginLink: () => loginLink(url, auth.login.newCode().code),
    close: () => (closing ??= close()),
  }
}

type Core = ReturnType<typeof createCore>

/** The log with what hangs on it: who is here, and who is handed what. */
function createCore(options: {
  store: Store
  logger: Logger
  clock: { now(): number }
  attachments: AttachmentStore
  tracing: Tracing | undefined
}) {
  const { store, logger, clock, attachments, tracing } = options
  const plainLog = openSessionLog({
    store,
    clock,
    onFailure: (error) => logger.error({ err: error }, 'a commit or its publication failed'),
  })
  const log = tracing?.log(plainLog) ?? plainLog
  const agents = createAgents(clock)
  const context: Context = { store, log, agents, attachments, clock, newId: randomUUID }

  async function connectionOf(sessionId: string): Promise<AgentConnection | undefined> {
    const session = await store.session(sessionId)
    const project = session === undefined ? undefined : await store.project(session.projectId)
    return project === undefined ? undefined : agents.serving(project)
  }

  const delivery = createDelivery({ store, log, agents, connectionOf, clock, logger })
  return { context, delivery, tracing }
}

function createAuth(options: { config: Config; store: Store; clock: { now(): number }; randomBytes: RandomBytes }) {
  const { config, store, clock, randomBytes } = options
  const fixed = { owner: config.ownerToken, agent: config.agentToken }
  const tokens = createTokens({ store, clock, randomBytes, fixed })
  const login = createLogin({ store, tokens, clock, randomBytes })
  const liveness = createLiveness(login, clock)
  // Tickets live for seconds and only here, so a clock that jumps must neither end nor keep them.
  const tickets = createTickets({ clock: performance, randomBytes })
  const behindProxy = config.publicUrl !== undefined
  return { tokens, login, tickets, attempts: createAttempts(), liveness, behindProxy, isLive: liveness.isLive }
}

/** Wires the sockets to the log: what is committed goes to the rooms, to the people who watch, and to the agents. */
function serve(options: {
  browsers: BrowserServer
  agents: AgentServer
  core: Core
  auth: Credentials
  logger: Logger
  clock: { now(): number }
  eventsPerSecond: number
  meters: Meters
  retentionEveryMs: number | undefined
}): () => void {
  const { browsers, core, auth, logger, clock, meters } = options
  const { context, delivery } = core
  const { store, log, agents } = context
  const { logEpoch } = store
  const rooms = createRooms({
    io: browsers,
    clock,
    logEpoch,
    onEmitted: (readers, entries) => {
      meters.entriesOut.inc(readers * entries.length)
      meters.bytesOut.inc(readers * entries.reduce((sum, entry) => sum + entry.response.length, 0))
    },
  })
  const observers = createObservers({
    clock,
    announce: (update) => browsers.to(rooms.audience(update.sessionId)).emit('presence_update', update),
  })
  const isWatched = (projectId: string) => browsers.of('/').adapter.rooms.has(projectRoom(projectId))
  const updates = createProjectUpdates({
    emit: (update) => browsers.to(projectRoom(update.projectId)).emit('project_update', update),
    isWatched,
  })

  async function announceAgent(projectId: string): Promise<void> {
    const project = await store.project(projectId)
    if (project === undefined) return
    const agent = agents.presence(project, await store.agent(project.agentId))
    browsers.to(projectRoom(projectId)).emit('project_update', { projectId, agent })
  }

  const undo = [
    log.onCommitted(rooms.publish),
    log.onCommitted(updates.committed),
    log.onCommitted(delivery.committed),
    agents.onChange((projectIds) => {
      for (const projectId of [...projectIds].filter(isWatched)) {
        announceAgent(projectId).catch((error: unknown) => logger.warn({ err: error }, 'presence could not be told'))
      }
    }),
    rooms.close,
    observers.close,
    updates.close,
    delivery.close,
  ]
  const { retentionEveryMs } = options
  undo.push(
    startRetention({
      context,
      onSessionChanged: updates.session,
      logger,
      lookEveryMs: retentionEveryMs,
    }),
  )
  const parts = { context, rooms, observers, onSessionChanged: updates.session }
  const { eventsPerSecond } = options
  const refused = (kind: string) => (code: string) => meters.refused.inc({ kind, code: codeLabel(code) })
  serveBrowsers(browsers, {
    credentials: auth,
    logger,
    onRefused: refused('browser'),
    parts,
    logEpoch,
    instance: randomUUID(),
    eventsPerSecond,
  })
  serveAgents(options.agents, {
    credentials: auth,
    logger,
    onRefused: refused('agent'),
    parts: { context, delivery, logger, handOver: core.tracing?.handOver },
  })
  return () => {
    for (const stop of undo) stop()
  }
}

function listenOn(http: HttpServer, { host, port }: Config): Promise<number> {
  return new Promise((resolve, reject) => {
    http.once('error', reject)
    http.listen(port, host, () => {
      http.off('error', reject)
      const address = http.address()
      if (address === null || typeof address === 'string') reject(new Error('the server has no port'))
      else resolve(address.port)
    })
  })
}

const ROLLED_BACK =
  'the database is another or an older one than was here last: everybody reads it again from its start'
const HEALTH_EVERY_MS = 5_000
/** Who needs longer only holds a connection; together with the time until it is looked at, five seconds. */
const HEADERS_TIMEOUT_MS = 4_000
const SILENCE_CHECK_MS = 1_000
const RETRY_AFTER_RESTART_MS = 500
/** What was written last gets this long to leave. */
const PARTING_MS = 300
const PARTING_CHECK_MS = 20

async function part({ browsers, agents }: { browsers: BrowserServer; agents: AgentServer }): Promise<void> {
  const restarting = new FarhandError('RESTARTING', undefined, { retryAfterMs: RETRY_AFTER_RESTART_MS })
  sayGoodbye(browsers, restarting)
  sayGoodbye(agents, restarting)
  browsers.disconnectSockets(true)
  agents.disconnectSockets(true)
  for (let waited = 0; waited < PARTING_MS; waited += PARTING_CHECK_MS) {
    if (browsers.engine.clientsCount + agents.engine.clientsCount === 0) return
    await new Promise((resolve) => setTimeout(resolve, PARTING_CHECK_MS))
  }
}
