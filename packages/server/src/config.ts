import { join } from 'node:path'
import { z } from 'zod'
import { FarhandError, PING_INTERVAL_MS } from '@farhand/shared'
import { EVERY_ADDRESS, isLoopback } from './auth/origin.ts'

/** The environment of the server, with all its defaults. The names are those of `.env.example`. */
export type Config = {
  host: string
  /** 0: any free port. */
  port: number
  dataDir: string
  /** A Postgres database for the log; otherwise it is in `dataDir`, in SQLite. */
  databaseUrl: string | undefined
  /** Where several relays of one database tell each other what they do; without it there is one. */
  redisUrl: string | undefined
  /** For files that go with commands. Relays of one database share it. */
  attachmentsDir: string
  publicUrl: string | undefined
  allowedOrigins: readonly string[]
  ownerToken: string | undefined
  agentToken: string | undefined
  logLevel: LogLevel
  enableWebSocket: boolean
  heartbeatIntervalMs: number
  /** Reachable from the network: other machines' names for this one are allowed as well. */
  lan: boolean
  /** Whether browsers that want it are told of news through their push services. */
  enablePush: boolean
  /** Whom those services may turn to, `mailto:` or `https:`; without it nothing is sent. */
  pushContact: string | undefined
}

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

const MIN_TOKEN_CHARS = 32
const MIN_HEARTBEAT_MS = 1_000
const MAX_HEARTBEAT_MS = 60_000

/** An empty value is as good as none: `.env.example` lists all names. */
const unset = (value: unknown) => (typeof value === 'string' && value.trim() === '' ? undefined : value)
const optional = <T extends z.ZodType>(schema: T) => z.preprocess(unset, schema.optional())

const portSchema = z
  .string()
  .regex(/^\d{1,5}$/)
  .transform(Number)
  .refine((port) => port <= 65_535)

const tokenSchema = z.string().min(MIN_TOKEN_CHARS).max(200)

const webUrlSchema = z.url({ protocol: /^https?$/ })

const contactSchema = z
  .string()
  .max(200)
  .regex(/^(mailto:[^\s@]+@[^\s@]+|https:\/\/[^\s/]+.*)$/)

const EXPECTATIONS = {
  HOST: 'a host name or an IP address',
  PORT: 'a number from 0 to 65535',
  DATA_DIR: 'a directory',
  PUBLIC_URL: 'a URL that begins with http:// or https:// and has no path',
  ALLOWED_ORIGINS: 'origins such as https://farhand.example.com, separated by commas',
  OWNER_TOKEN: `at least ${MIN_TOKEN_CHARS} characters`,
  AGENT_TOKEN: `at least ${MIN_TOKEN_CHARS} characters`,
  LOG_LEVEL: `one of ${LOG_LEVELS.join(', ')}`,
  ENABLE_WEBSOCKET: 'true or false',
  WS_HEARTBEAT_INTERVAL: `milliseconds from ${MIN_HEARTBEAT_MS} to ${MAX_HEARTBEAT_MS}`,
  DATABASE_URL: 'to be empty, for SQLite in DATA_DIR, or a URL that begins with postgres://',
  REDIS_URL: 'to be empty, for one server process, or a URL that begins with redis:// or rediss://',
  ATTACHMENTS_DIR: 'a directory',
  ENABLE_PUSH: 'true or false',
  PUSH_CONTACT: 'an address that begins with mailto: or https://',
} as const

const envSchema = z.object({
  HOST: optional(z.string().max(253)),
  PORT: optional(portSchema),
  DATA_DIR: optional(z.string()),
  PUBLIC_URL: optional(webUrlSchema.refine((url) => URL.canParse(url) && new URL(url).pathname === '/')),
  ALLOWED_ORIGINS: optional(z.string().transform(splitList).pipe(z.array(webUrlSchema))),
  OWNER_TOKEN: optional(tokenSchema),
  AGENT_TOKEN: optional(tokenSchema),
  LOG_LEVEL: optional(z.enum(LOG_LEVELS)),
  ENABLE_WEBSOCKET: optional(z.enum(['true', 'false'])),
  ENABLE_PUSH: optional(z.enum(['true', 'false'])),
  PUSH_CONTACT: optional(contactSchema),
  WS_HEARTBEAT_INTERVAL: optional(
    z.string().regex(/^\d+$/).transform(Number).pipe(z.number().min(MIN_HEARTBEAT_MS).max(MAX_HEARTBEAT_MS)),
  ),
  DATABASE_URL: optional(z.url({ protocol: /^postgres(ql)?$/ })),
  REDIS_URL: optional(z.url({ protocol: /^rediss?$/ })),
  ATTACHMENTS_DIR: optional(z.string()),
})

const LOG_IS_NOT_SHARED =
  'REDIS_URL is for several relays of one log, which has to be in Postgres: set DATABASE_URL too.'

/** What stands in the environment, overruled by what was said on the command line. */
export type Flags = { host?: string | undefined; port?: string | undefined; lan?: boolean | undefined }

/** Throws BAD_REQUEST with one line that names the variable and what it expects. */
export function loadConfig(env: Record<string, string | undefined>, flags: Flags = {}): Config {
  const said = { ...env, ...(flags.host && { HOST: flags.host }), ...(flags.port && { PORT: flags.port }) }
  const parsed = envSchema.safeParse(said)
  if (!parsed.success) throw new FarhandError('BAD_REQUEST', explain(parsed.error))
  const values = parsed.data
  if (values.REDIS_URL !== undefined && values.DATABASE_URL === undefined) {
    throw new FarhandError('BAD_REQUEST', LOG_IS_NOT_SHARED)
  }
  const dataDir = values.DATA_DIR ?? './data'
  const lan = flags.lan ?? false
  const host = values.HOST ?? (lan ? EVERY_ADDRESS : '127.0.0.1')
  return {
    // `--lan` is said by hand, so it wins over a loopback address from a file.
    host: lan && isLoopback(host) ? EVERY_ADDRESS : host,
    port: values.PORT ?? 3000,
    dataDir,
    databaseUrl: values.DATABASE_URL,
    redisUrl: values.REDIS_URL,
    attachmentsDir: values.ATTACHMENTS_DIR ?? join(dataDir, 'attachments'),
    publicUrl: values.PUBLIC_URL,
    allowedOrigins: values.ALLOWED_ORIGINS ?? [],
    ownerToken: values.OWNER_TOKEN,
    agentToken: values.AGENT_TOKEN,
    logLevel: values.LOG_LEVEL ?? 'info',
    enableWebSocket: values.ENABLE_WEBSOCKET !== 'false',
    heartbeatIntervalMs: values.WS_HEARTBEAT_INTERVAL ?? PING_INTERVAL_MS,
    lan: lan || !isLoopback(host),
    enablePush: values.ENABLE_PUSH !== 'false',
    pushContact: values.PUSH_CONTACT ?? (values.PUBLIC_URL?.startsWith('https:') ? values.PUBLIC_URL : undefined),
  }
}

function splitList(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

/** Never the value itself: it may be a secret. */
function explain(error: z.ZodError): string {
  const name = error.issues[0]?.path[0]
  return isName(name) ? `${name} is not valid. It has ${expected(name)}.` : 'The environment is not valid.'
}

function expected(name: keyof typeof EXPECTATIONS): string {
  const text = EXPECTATIONS[name]
  return text.startsWith('to be') ? text : `to be ${text}`
}

function isName(name: PropertyKey | undefined): name is keyof typeof EXPECTATIONS {
  return typeof name === 'string' && Object.hasOwn(EXPECTATIONS, name)
}
