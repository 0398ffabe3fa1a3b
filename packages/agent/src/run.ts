import { randomUUID } from 'node:crypto'
import { hostname, loadavg } from 'node:os'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { FarhandError, PROTOCOL_VERSION, type ClaudeStatus } from '@farhand/shared'
import type { Logger } from 'pino'
import { buildEnvironment, rootsAbove } from './claude/environment.ts'
import { findExecutable } from './claude/executable.ts'
import { checkClaude } from './claude/status.ts'
import type { Config } from './config.ts'
import { openProjects, type Projects } from './projects/registry.ts'
import { RETIRE_MS } from './sessions/conversation.ts'
import { recover } from './sessions/recover.ts'
import { IDLE_MS } from './sessions/runner.ts'
import { createSessions, type Sessions } from './sessions/sessions.ts'
import { openSpool, type Spool } from './spool/spool.ts'
import { tell, type Print, type Tell } from './tell.ts'
import { AGENT_VERSION } from './version.ts'
import { startClient, type Client } from './websocket/client.ts'

/** A running agent. */
export type Agent = {
  agentId: string
  /** Resolves with the exit code when the agent gives up by itself; never after `close`. */
  ended: Promise<number>
  /** Ends runs as `INTERRUPTED`, keeps everything else for the next start. Resolves within 10 s. */
  close(): Promise<void>
}

export type AgentParts = {
  config: Config
  logger: Logger
  /** Where lines for people go. @default nowhere */
  print?: Print
  /** Epoch milliseconds. @default the system's */
  clock?: { now(): number }
  /** In [0, 1). @default Math.random */
  random?: () => number
  /** A Claude Code process without work ends after this long. @default 10 min */
  retireMs?: number
  /** A run without a sign of life ends after this long. @default 10 min */
  idleMs?: number
}

/** After the last run has ended, what was said last gets this long to reach the relay. */
const PARTING_MS = 500
/** Another copy of this agent took over; starting again would only take turns with it. */
const EXIT_FENCED = 3
const EXIT_FAILURE = 1

/**
 * The composition root: every part is made and wired here.
 * @throws AlreadyRunningError, or what SQLite says of a damaged state
 */
export async function runAgent(parts: AgentParts): Promise<Agent> {
  const { config, logger, clock = Date } = parts
  const { promise: ended, resolve: end } = Promise.withResolvers<number>()
  const say = tell(parts.print ?? (() => {}))
  const spool = openSpool(config.dir, clock)
  const { agentId } = spool.registry
  const projects = openProjects(config.projects, spool.registry)
  say.projects(projects.list(), config.projectIsDefault)
  const recovered = await recover(spool, clock)
  if (recovered.runs > 0 || recovered.processes > 0) logger.warn(recovered, 'the agent had not been stopped in order')

  const env = claudeEnvironment(config)
  const status: Status = { claude: {}, tell: () => {} }
  const sessions = createSessions({
    spool,
    clock,
    logger,
    rootOf: projects.rootOf,
    claude: () => ({ executable: findExecutable(config.claudePath, env['PATH'] ?? ''), env }),
    newMarker: randomUUID,
    retireMs: parts.retireMs ?? RETIRE_MS,
    idleMs: parts.idleMs ?? IDLE_MS,
    changed: () => status.tell(),
  })
  const stopWatchingDisk = spool.onFailed((error) => {
    logger.error({ err: error.cause }, 'the state could not be written')
    say.storageFailed(config.dir)
    sessions.stopAll(error)
  })
  const lookAtClaude = async (): Promise<ClaudeStatus> => {
    status.claude = await checkClaude(config.claudePath, env)
    status.tell()
    return status.claude
  }
  const client = connect({ ...parts, spool, projects, sessions, say, status, lookAtClaude, end })
  status.tell = () => client.tellStatus({ claude: status.claude, runs: sessions.runs(), load: loadavg()[0] ?? 0 })

  sessions.goOn(spool.inbox.open('accepted'))
  lookAtClaude().then(say.claude, (error: unknown) => logger.error({ err: error }, 'Claude Code could not be asked'))
  logger.info({ agentId, protocol: PROTOCOL_VERSION }, 'agent started')

  return {
    agentId,
    ended,
    async close() {
      await sessions.close()
      await sleep(PARTING_MS)
      await client.close()
      stopWatchingDisk()
      spool.close()
    },
  }
}

/** What the relay is told of this machine, beside the sessions. */
type Status = { claude: ClaudeStatus; tell: () => void }

type ConnectParts = AgentParts & {
  spool: Spool
  projects: Projects
  sessions: Sessions
  say: Tell
  status: Status
  lookAtClaude(): Promise<ClaudeStatus>
  end(exitCode: number): void
}

function connect(parts: ConnectParts): Client {
  const { config, logger, spool, projects, sessions, say, status } = parts
  return startClient({
    serverUrl: config.serverUrl,
    token: config.token,
    agentId: spool.registry.agentId,
    nextConnNo: spool.registry.nextConnNo,
    outbox: spool.outbox,
    onCommitted: spool.onCommitted,
    logger,
    random: parts.random ?? Math.random,
    hello: () => ({
      bootId: BOOT_ID,
      name: config.name,
      host: hostname().slice(0, MAX_HOST_LENGTH),
      versions: { agent: AGENT_VERSION, node: process.versions.node, claude: status.claude.version ?? 'unknown' },
      projects: projects.list(),
      sessions: spool.outbox.positions().map(({ sessionId, last }) => ({ sessionId, lastN: last })),
    }),
    waiting: sessions.accept,
    accept: (input) => sessions.accept([input]),
    async answer(method) {
      if (method !== 'claude_status') throw new FarhandError('NOT_FOUND', `The agent knows no method ${method}.`)
      return parts.lookAtClaude()
    },
    events: {
      connected: () => say.connected(config.serverUrl),
      disconnected: say.disconnected,
      refused: say.refused,
      trouble: (sessionId, trouble) => say.trouble(sessionId, trouble, config.dir),
      gaveUp(refusal) {
        say.gaveUp(refusal)
        parts.end(refusal.code === 'FENCED' ? EXIT_FENCED : EXIT_FAILURE)
      },
    },
  })
}

const BOOT_ID = randomUUID()
const MAX_HOST_LENGTH = 200

function claudeEnvironment({ env, passEnv }: Config): Record<string, string> {
  return buildEnvironment(env, {
    passEnv,
    ownRoots: rootsAbove(dirname(import.meta.dirname)),
    platform: process.platform,
  })
}
