import { randomBytes as nodeRandomBytes, randomUUID } from 'node:crypto'
import { createServer, type Server as HttpServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import type { Spans } from '@farhand/shared/tracing'
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
import type { Bus } from './cluster/bus.ts'
import { openBus } from './cluster/openBus.ts'
import { alone, createCluster } from './cluster/cluster.ts'
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
import { createMeters, type Meters } from './metrics/meters.ts'
import { sample } from './metrics/sample.ts'
import { watchSockets } from './metrics/watchSockets.ts'
import { openPush } from './push/push.ts'
import { serve } from './serve.ts'
import { createTracing, type Tracing } from './tracing/tracing.ts'
import { admitInTurns } from './websocket/admission.ts'
import { part } from './websocket/goodbye.ts'
import { startRevocation } from './websocket/revocation.ts'
import { BROWSER_EVENTS_PER_SECOND, createEngines } from './websocket/server.ts'
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
  /** Among several relays of one log: how they hear of each other. @default the one of the configuration */
  bus?: Bus | undefined
  /** Per browser socket, with bursts up to twice as many. @default 60 */
  eventsPerSecond?: number
  /** How often the store is looked after and the process measured. @default 5 s */
  healthEveryMs?: number
  /** How often rules that delete sessions are looked at. @default a minute */
  retentionEveryMs?: number
  /** How often replaced previews are dropped. @default 10 minutes */
  compactEveryMs?: number
  /** How push notifications are sent, for tests: `open` also to plain http and this machine. @default once a second, and not */
  push?: { open?: boolean; everyMs?: number; firstPauseMs?: number } | undefined
  /** Told of every command on its way; the app closes it. @default nobody */
  spans?: Spans | undefined
}

export type App = {
  http: HttpServer
  /** Resolves when connections are taken; rejects with Node's own error where the address cannot be had. */
  listen(): Promise<{ port: number; url: string }>
  /** A new link that signs one person in once, within 24 h. Only after `listen`. */
  loginLink(): Promise<string>
  /** Takes no more, says goodbye, brings to disk what was begun, and closes everything. */
  close(): Promise<void>
}

/** The composition root: every part is made and wired here. */
export async function createApp(options: AppOptions): Promise<App> {
  const { config, logger, clock = options.store.clock, randomBytes = nodeRandomBytes } = options
  const meters = createMeters()
  const { store, published } = measureStore(options.store, meters, clock)
  const attachments = openAttachmentStore({ directory: config.attachmentsDir, clock })
  const { bus = await openBus(config, store.logEpoch, logger) } = options
  const tracing = options.spans && createTracing(options.spans)
  const core = createCore({ store, logger, clock, attachments, bus, meters, tracing })
  const auth = createAuth({ config, store, clock, randomBytes })
  const push = await openPush({ config, store, clock, logger, meters, ...auth, log: core.ownLog, ...options.push })
  const streams: Streams = new Set()
  const answers: Answers = new Set()
  const heardAt = (agentId: string) => sockets.heardAt(agentId) ?? core.cluster.agentElsewhere(agentId)?.heardAt
  if (store.rolledBack) logger.warn({ code: 'LOG_ROLLED_BACK', logEpoch: store.logEpoch }, ROLLED_BACK)
  const health = startHealthMonitor({ store, clock, logger, everyMs: options.healthEveryMs ?? HEALTH_EVERY_MS })

  let origins: ReadonlySet<string> = new Set() // known once the port is
  const originRule = browserOriginRule({ has: (origin) => origins.has(origin) })
  const http = createServer(
    { headersTimeout: HEADERS_TIMEOUT_MS, connectionsCheckingInterval: SILENCE_CHECK_MS },
    createHttpApp({
      ...auth,
      context: core.context,
      ...{ attachments, push, originRule },
      secure: config.publicUrl?.startsWith('https:') ?? false,
      webDir: options.webDir ?? fileURLToPath(new URL('../../web/dist', import.meta.url)),
      pageAddress: () => ({ url, reachable: !isLoopback(new URL(url).hostname.replace(/^\[|\]$/g, '')) }),
      streams,
      answers,
      health: health.report,
      meters,
      sample: () =>
        sample({
          ...{ meters, store, agents: core.context.agents },
          ...{ dataDir: config.dataDir, attachmentsDir: config.attachmentsDir },
          cluster: core.cluster.condition,
          health: health.report,
        }),
      agents: () => readAgents(core.context, heardAt),
      onEnded: (credentialId) => {
        revocation.end(credentialId)
        core.cluster.ended(credentialId)
      },
      logger,
    }),
  )
  // After the HTTP app: the engines put themselves before what listens already.
  const engines = createEngines(http, config, originRule)
  const { retentionEveryMs } = options
  const eventsPerSecond = options.eventsPerSecond ?? BROWSER_EVENTS_PER_SECOND
  const sockets = watchSockets(engines, meters, clock)
  const stopServing = serve({
    ...{ ...engines, core, auth, streams, logger, clock, eventsPerSecond, meters, heardAt, retentionEveryMs, push },
    onEnded: (credentialId) => revocation.end(credentialId),
  })
  core.ownLog.onCommitted(published) // after the rooms, whose publication it measures
  if (tracing !== undefined) core.ownLog.onCommitted(tracing.published)
  const wires = trackWires(http, [engines.browsers.engine, engines.agents.engine])
  admitInTurns(http)
  const revocation = startRevocation({ ...engines, streams, answers, wires, liveness: auth.liveness, logger })
  const stopTidying = startTidying({ core, store, attachments, clock, logger, compactEveryMs: options.compactEveryMs })
  let url = ''
  let closing: Promise<void> | undefined

  async function close(): Promise<void> {
    const closed = new Promise<void>((resolve) => http.close(() => resolve()))
    stopTidying()
    health.close()
    revocation.close()
    await part(engines)
    for (const stream of [...streams]) stream.end()
    stopServing()
    await core.ownLog.flush().then(push.settled)
    await core.cluster.close()
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
    loginLink: async () => loginLink(url, (await auth.login.newCode()).code),
    close: () => (closing ??= close()),
  }
}

/** The log with what hangs on it: who is here, and who is handed what. */
function createCore(options: {
  store: Store
  logger: Logger
  clock: { now(): number }
  attachments: AttachmentStore
  bus: Bus | undefined
  meters: Meters
  tracing: Tracing | undefined
}) {
  const { store, logger, clock, attachments, bus, meters, tracing } = options
  const ownLog = openSessionLog({
    store,
    clock,
    onFailure: (error) => logger.error({ err: error }, 'a commit or its publication failed'),
  })
  const onFound = (entries: number): void => meters.entriesFound.inc(entries)
  const traced = tracing?.log(ownLog) ?? ownLog
  const cluster = bus === undefined ? alone(traced) : createCluster({ bus, store, log: traced, clock, logger, onFound })
  const { log } = cluster
  const agents = createAgents(clock, cluster.agentElsewhere)
  const context: Context = { store, log, agents, attachments, clock, newId: randomUUID }

  async function connectionOf(sessionId: string): Promise<AgentConnection | undefined> {
    const session = await store.session(sessionId)
    const project = session === undefined ? undefined : await store.project(session.projectId)
    return project === undefined ? undefined : agents.serving(project)
  }

  const delivery = createDelivery({ store, log, agents, connectionOf, clock, logger })
  return { context, delivery, ownLog, cluster, tracing }
}

function startTidying(options: {
  core: ReturnType<typeof createCore>
  store: Store
  attachments: AttachmentStore
  clock: { now(): number }
  logger: Logger
  compactEveryMs: number | undefined
}): () => void {
  const { core, store, attachments, clock, logger, compactEveryMs } = options
  const { placeOf } = core.context.agents
  const { isUnderWay } = core.delivery
  const stopSweeping = sweepAttachments(attachments, logger)
  const stop = startHousekeeping({ store, log: core.context.log, placeOf, isUnderWay, clock, logger, compactEveryMs })
  return () => {
    stop()
    stopSweeping()
  }
}

function createAuth(options: { config: Config; store: Store; clock: { now(): number }; randomBytes: RandomBytes }) {
  const { config, store, clock, randomBytes } = options
  const fixed = { owner: config.ownerToken, agent: config.agentToken }
  const tokens = createTokens({ store, clock, randomBytes, fixed })
  const login = createLogin({ store, tokens, clock, randomBytes })
  const liveness = createLiveness(login, clock)
  const tickets = createTickets({ store, randomBytes })
  const behindProxy = config.publicUrl !== undefined
  return { tokens, login, tickets, attempts: createAttempts(), liveness, behindProxy, isLive: liveness.isLive }
}

function listenOn(http: HttpServer, { host, port }: Config): Promise<number> {
  return new Promise((resolve, reject) => {
    http.once('error', reject)
    http.listen({ port, host, backlog: BACKLOG }, () => {
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
/** After a restart all come at once, and whom the kernel has no room for tries again only after a second. */
const BACKLOG = 4_096
