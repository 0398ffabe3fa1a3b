import { FarhandError } from '@farhand/shared'
import express, { type Express } from 'express'
import helmet from 'helmet'
import type { Context } from '../actions/context.ts'
import type { AgentProof } from '../actions/status.ts'
import type { AttachmentStore } from '../attachments/attachmentStore.ts'
import type { Attempts } from '../auth/attempts.ts'
import type { Login } from '../auth/login.ts'
import type { OriginRule } from '../auth/origin.ts'
import type { Tickets } from '../auth/tickets.ts'
import type { Tokens } from '../auth/tokens.ts'
import type { Health } from '../health/complaints.ts'
import type { Logger } from '../logger.ts'
import type { Meters } from '../metrics/meters.ts'
import type { Push } from '../push/push.ts'
import { apiRoutes } from './apiRoutes.ts'
import { atMostEvery, inTime } from './asking.ts'
import { attachmentRoutes } from './attachmentRoutes.ts'
import { compress } from './compress.ts'
import { answerErrors } from './errors.ts'
import { createGate, type Answers } from './identity.ts'
import { loginRoutes, type PageAddress } from './loginRoutes.ts'
import { metricsRoutes } from './metricsRoutes.ts'
import { pushRoutes } from './pushRoutes.ts'
import { retentionRoutes } from './retentionRoutes.ts'
import type { Streams } from './stream.ts'
import { webApp } from './webApp.ts'

const MAX_BODY = '1mb'
const READY_CHECK_MS = 1_000
/** A store that takes longer is not ready, whatever becomes of it: who asks decides where people are sent to. */
const READY_PATIENCE_MS = 4_000
const SAMPLE_EVERY_MS = 1_000

export type HttpOptions = {
  context: Context
  login: Login
  tokens: Tokens
  attachments: AttachmentStore
  push: Push
  tickets: Tickets
  attempts: Attempts
  originRule: OriginRule
  /** The page is reached by https: cookies and headers may insist on it. */
  secure: boolean
  /** A proxy on this machine stands in front and names the sender's address. */
  behindProxy: boolean
  webDir: string
  pageAddress: () => PageAddress
  streams: Streams
  answers: Answers
  onEnded: (credentialId: string) => void
  health: () => Health
  meters: Meters
  /** Brings the meters up to date that nobody tells. */
  sample(): Promise<void>
  agents(): Promise<AgentProof[]>
  logger: Logger
}

/** Everything that is plain HTTP: health, login, the API, the web app. */
export function createHttpApp(options: HttpOptions): Express {
  const { context, secure, logger } = options
  const app = express()
  if (options.behindProxy) app.set('trust proxy', 'loopback')
  app.disable('x-powered-by')
  app.use(securityHeaders(secure))
  app.use(compress())

  app.get('/healthz', (_request, response) => {
    response.json({ ok: true })
  })
  const checkWritable = atMostEvery(READY_CHECK_MS, () => context.store.checkWritable(), context.clock)
  app.get('/readyz', async (_request, response) => {
    await inTime(READY_PATIENCE_MS, checkWritable(), notAnswering)
    response.json({ ok: true, ...options.health() })
  })

  const sampled = atMostEvery(SAMPLE_EVERY_MS, () => options.sample(), context.clock)
  const gate = createGate({ ...options, secureCookies: secure })
  app.use('/api', noStore, gate.guardMutations)
  app.use('/api', attachmentRoutes({ ...options, gate })) // reads its bodies itself: a chunk may be of any type
  app.use('/api', express.json({ limit: MAX_BODY }))
  app.use('/api', loginRoutes({ ...options, gate, secureCookies: secure }))
  app.use('/api', apiRoutes({ ...options, gate }))
  app.use('/api', retentionRoutes({ ...options, gate }))
  app.use('/api', pushRoutes({ ...options, gate }))
  app.use(metricsRoutes({ gate, meters: options.meters, sample: sampled, agents: options.agents }))
  app.use(['/api', '/socket.io', '/agent.io'], () => {
    throw new FarhandError('NOT_FOUND', 'There is no such address.')
  })
  app.use(webApp(options.webDir))
  app.use(() => {
    throw new FarhandError('NOT_FOUND', 'There is no such address.')
  })
  app.use(answerErrors(logger))
  return app
}

const notAnswering = () => new FarhandError('STORAGE_UNAVAILABLE', 'The store does not answer.')

const noStore: express.RequestHandler = (_request, response, next) => {
  response.setHeader('Cache-Control', 'no-store')
  next()
}

/** Over plain http in a home network nothing may insist on https, or the page would not load. */
function securityHeaders(secure: boolean): express.RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        connectSrc: ["'self'"], // WebSockets of its own origin too
        imgSrc: ["'self'", 'data:', 'blob:'],
        fontSrc: ["'self'"],
        manifestSrc: ["'self'"],
        workerSrc: ["'self'", 'blob:'],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
      },
    },
    strictTransportSecurity: secure,
    // Browsers ignore these over plain http and say so in the console of everyone who looks.
    crossOriginOpenerPolicy: secure,
    originAgentCluster: secure,
    referrerPolicy: { policy: 'no-referrer' },
  })
}
