import { randomUUID } from 'node:crypto'
import { hostname, loadavg } from 'node:os'
import { dirname } from 'node:path'
import { FarhandError, PROTOCOL_VERSION, type ClaudeStatus } from '@farhand/shared'
import type { Logger } from 'pino'
import { buildEnvironment, rootsAbove } from './claude/environment.ts'
import { findExecutable } from './claude/executable.ts'
import { checkClaude } from './claude/status.ts'
import type { Config } from './config.ts'
import { openProjects } from './projects/registry.ts'
import { RETIRE_MS } from './sessions/conversation.ts'
import { recover } from './sessions/recover.ts'
import { IDLE_MS } from './sessions/runner.ts'
import { createSessions } from './sessions/sessions.ts'
import { openSpool } from './spool/spool.ts'
import { tell, type Print } from './tell.ts'
import { AGENT_VERSION } from './version.ts'
import { startClient } from './websocket/client.ts'

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
  /** Epoch milliseconds. */
  clock?: { now(): number }
  /** In [0, 1). */
  random?: () => number
  retireMs?: number
  idleMs?: number
}

/** After `close`, what was committed last gets this long to reach the relay. */
const PARTING_MS = 500
/** Another copy of this agent took over; starting again would only take turns with it. */
const EXIT_FENCED = 3
const EXIT_FAILURE = 1

/**
 * The composition root: every part is made and wired here.
 * @throws AlreadyRunningError, or what SQLite says of a damaged state
 */
export async function runAgent(parts: AgentParts): Promise<Agent> {
  const { config, logger, clock = Date, random = Math.random } = parts
  const { promise: ended, resolve: end } = Promise.withResolvers<number>()
  const say = tell(parts.print ?? (() => {}))
  const spool = openSpool(config.dir, clock)
  const projects = openProjects(config.projects, spool.registry)
  const env = buildEnvironment(config.env, {
    passEnv: config.passEnv,
    ownRoots: rootsAbove(dirname(import.meta.dirname)),
    platform: process.platform,
  })
  say.projects(projects.list(), config.projectIsDefault)

  const recovered = await recover(spool, clock)
  if (recovered.runs > 0 || recovered.processes > 0) logger.warn(recovered, 'the agent had not been stopped in order')

  let claude: ClaudeStatus = {}
  let closing = false
  const sessions = createSessions({
    spool,
    clock,
    logger,
    rootOf: projects.rootOf,
    claude: () => ({ executable: findExecutable(config.claudePath, env['PATH'] ?? ''), env }),
    newMarker: randomUUID,
    retireMs: parts.retireMs ?? RETIRE_MS,
    idleMs: parts.idleMs ?? IDLE_MS,
    changed: tellStatus,
  })
  const stopWatchingDisk = spool.onFailed((error) => {
    logger.error({ err: error.cause }, 'the state could not be written')
    say.storageFailed(config.dir)
    sessions.stopAll(error)
  })

  const client = startClient({
    serverUrl: config.serverUrl,
    token: config.token,
    agentId: spool.registry.agentId,
    nextConnNo: spool.registry.nextConnNo,
    outbox: spool.outbox,
    onCommitted: spool.onCommitted,
    logger,
    random,
    hello: () => ({
      bootId: BOOT_ID,
      name: config.name,
      host: hostname().slice(0, MAX_HOST_LENGTH),
      versions: { agent: AGENT_VERSION, node: process.versions.node, claude: claude.version ?? 'unknown' },
      projects: projects.list(),
      sessions: spool.outbox.positions().map(({ sessionId, last }) => ({ sessionId, lastN: last })),
    }),
    waiting: sessions.accept,
    accept: (input) => sessions.accept([input]),
    answer,
    events: {
      connected: () => say.connected(config.serverUrl),
      disconnected: say.disconnected,
      refused: say.refused,
      trouble: (sessionId, trouble) => say.trouble(sessionId, trouble, config.dir),
      gaveUp(refusal) {
        say.gaveUp(refusal)
        end(refusal.code === 'FENCED' ? EXIT_FENCED : EXIT_FAILURE)
      },
    },
  })

  function tellStatus(): void {
    if (!closing) client.tellStatus({ claude, runs: sessions.runs(), load: loadavg()[0] ?? 0 })
  }

  async function lookAtClaude(): Promise<ClaudeStatus> {
    claude = await checkClaude(config.claudePath, env)
    tellStatus()
    return claude
  }

  async function answer(method: string): Promise<unknown> {
    if (method !== 'claude_status') throw new FarhandError('NOT_FOUND', `The agent knows no method ${method}.`)
    return lookAtClaude()
  }

  sessions.goOn(spool.inbox.open('accepted'))
  lookAtClaude().then(say.claude, (error: unknown) => logger.error({ err: error }, 'Claude Code could not be asked'))
  logger.info({ agentId: spool.registry.agentId, protocol: PROTOCOL_VERSION }, 'agent started')

  async function close(): Promise<void> {
    closing = true
    await sessions.close()
    await new Promise((resolve) => setTimeout(resolve, PARTING_MS))
    await client.close()
    stopWatchingDisk()
    spool.close()
  }

  return { agentId: spool.registry.agentId, ended, close }
}

const BOOT_ID = randomUUID()
const MAX_HOST_LENGTH = 200
