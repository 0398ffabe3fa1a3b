import { randomUUID } from 'node:crypto'
import { homedir, hostname, loadavg } from 'node:os'
import { dirname } from 'node:path'
import { PROTOCOL_VERSION, type ClaudeStatus } from '@farhand/shared'
import type { Logger } from 'pino'
import { acpCoder, type AcpCoder } from './acp/coder.ts'
import { acpMethods } from './acp/methods.ts'
import { checkAcp } from './acp/status.ts'
import { createAccounts } from './budget/accounts.ts'
import { createAttachments, sweepDaily } from './attachments/attachments.ts'
import { claudeCoder } from './claude/coder.ts'
import { buildEnvironment, rootsAbove } from './claude/environment.ts'
import { findExecutable } from './claude/executable.ts'
import { checkClaude } from './claude/status.ts'
import { createTranscripts } from './claude/transcripts.ts'
import type { Config } from './config.ts'
import { probeClaude } from './drift/probe.ts'
import type { Shapes } from './drift/shapes.ts'
import { createDriftWatch, type DriftWatch } from './drift/watch.ts'
import { createGit } from './machine/git.ts'
import { createMachine, type Machine } from './machine/machine.ts'
import { createMethods } from './machine/methods.ts'
import { enforce } from './policy/enforce.ts'
import { openPolicy } from './policy/policy.ts'
import { MAX_PROCESSES } from './process/crowd.ts'
import { openProjects, type Projects } from './projects/registry.ts'
import { RETIRE_MS } from './sessions/conversation.ts'
import { recover } from './sessions/recover.ts'
import { createSessions, type Sessions } from './sessions/sessions.ts'
import { openSpool, type Spool } from './spool/spool.ts'
import { tell, type Print, type Tell } from './tell.ts'
import type { Tracing } from './tracing/tracing.ts'
import { createWorktrees } from './worktrees/worktrees.ts'
import { AGENT_VERSION } from './version.ts'
import { startClient, type Client } from './websocket/client.ts'
import { isReadable } from './websocket/reach.ts'

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
  /** Whether another version of Claude Code than the one it was tried with is probed. @default false */
  probeDrift?: boolean
  /** A run with more processes is ended. @default 2,000 */
  maxProcesses?: number
  /** Told of every command. @default nobody */
  tracing?: Tracing | undefined
}

/** The relay tells people how old it is what it knows of an agent. */
const STATUS_EVERY_MS = 10_000
/** Another copy of this agent took over; starting again would only take turns with it. */
const EXIT_FENCED = 3
const EXIT_FAILURE = 1
/** The database was found to be damaged: whoever runs the agent starts it once more, and it begins a new one. */
export const EXIT_DAMAGED = 4

/**
 * The composition root: every part is made and wired here.
 * @throws AlreadyRunningError, or an Error in words about a state that can't be used
 */
export async function runAgent(parts: AgentParts): Promise<Agent> {
  const { config, logger, clock = Date } = parts
  const { promise: ended, resolve: end } = Promise.withResolvers<number>()
  const say = tell(parts.print ?? (() => {}))
  const { spool, projects, held } = await openState(parts, say)
  const { agentId } = spool.registry

  const env = claudeEnvironment(config)
  const claude = () => ({ executable: findExecutable(config.claudePath, env['PATH'] ?? ''), env })
  const acp = config.acp === undefined ? undefined : acpCoder(config.acp, env)
  const coder = acp ?? claudeCoder(claude)
  const transcripts = createTranscripts(env)
  const git = createGit(env)
  const worktrees = createWorktrees({ git, facts: spool.facts, dir: config.dir })
  const attachments = createAttachments({ ...config, clock })
  const stopSweeping = sweepDaily(attachments, (error) =>
    logger.warn({ err: error }, 'old attachments could not be removed'),
  )
  const status: Status = { claude: {}, tell: () => {} }
  const drift = watchDrift(parts, claude, () => status.tell())
  const accounts = createAccounts(config.budgets ?? {}, { facts: spool.facts, clock })
  const sessions = createSessions({
    spool: parts.tracing?.spool(spool) ?? spool,
    transcripts,
    attachments,
    worktrees,
    accounts,
    clock,
    logger,
    rootOf: projects.rootOf,
    coder,
    newMarker: randomUUID,
    retireMs: parts.retireMs ?? RETIRE_MS,
    allowBypass: config.allowBypass,
    limits: {
      idleMs: config.idleMs,
      totalMs: config.totalMs,
      maxProcesses: parts.maxProcesses ?? MAX_PROCESSES,
    },
    ...enforcement(parts, spool, say),
    heard: drift.see,
    changed: () => status.tell(),
  })
  const stopWatching = watchState({ ...parts, spool, sessions, say, end })
  const lookAtClaude = async (): Promise<ClaudeStatus> => {
    status.claude = await (acp === undefined ? checkClaude(config.claudePath, env) : checkOther(acp, config))
    status.tell()
    if (acp === undefined) void drift.check(status.claude.version)
    return withDrift(status.claude, drift)
  }
  const methods = createMethods({
    git,
    claude,
    newMarker: randomUUID,
    clock,
    transcripts,
    facts: spool.facts,
    records: spool.sessions,
    grants: spool.grants,
    lookAtClaude,
    accounts,
    forget: { sessions, spool, transcripts, attachments, worktrees },
    sessions,
  })
  const machine = createMachine(acp === undefined ? methods : { ...methods, ...acpMethods(acp) }, projects)
  const client = connect({ ...parts, spool, projects, sessions, machine, say, status, end })
  status.tell = () =>
    client.tellStatus({
      claude: withDrift(status.claude, drift),
      runs: sessions.runs(),
      load: loadavg()[0] ?? 0,
      unsent: countUnsent(spool),
    })
  const telling = setInterval(() => status.tell(), STATUS_EVERY_MS)

  sessions.goOn(spool.inbox.open('accepted'), held)
  lookAtClaude().then(say.answers, (error: unknown) =>
    logger.error({ err: error }, `${coder.name()} could not be asked`),
  )
  logger.info({ agentId, protocol: PROTOCOL_VERSION }, 'agent started')

  return {
    agentId,
    ended,
    async close() {
      const probed = drift.close()
      try {
        await sessions.close()
      } finally {
        clearInterval(telling)
        await probed
        await client.close()
        stopWatching()
        stopSweeping()
        closeSpool(spool, logger)
      }
    },
  }
}

/** What an earlier process left is found, told, and put in order. */
async function openState({ config, logger, clock = Date }: AgentParts, say: Tell) {
  const spool = openSpool(config.dir, clock, {
    unreadable: (what, id) => logger.warn({ what, id }, 'something in the state could not be read; it is gone without'),
  })
  const projects = openProjects(config.projects, spool.registry)
  say.projects(projects.list(), config.projectIsDefault)
  if (isReadable(config.serverUrl)) say.readable(config.serverUrl)
  if (spool.quarantined !== undefined) say.quarantined(spool.quarantined)
  const { processes, runs, held } = await recover(spool, clock)
  if (runs > 0 || processes > 0) logger.warn({ processes, runs }, 'the agent had not been stopped in order')
  say.waitsOn(held.length)
  return { spool, projects, held }
}

function countUnsent({ outbox }: Spool): number {
  return outbox.unsent().reduce((sum, { acked, last }) => sum + last - acked, 0)
}

function enforcement({ config, clock = Date }: AgentParts, { grants, toolCalls }: Spool, say: Tell) {
  const home = config.env['HOME'] ?? homedir()
  const policy = openPolicy(config.dir, home)
  say.policy(policy.errors(config.projects))
  return enforce({ policy, grants, toolCalls, clock, home })
}

/** A full disk ends what runs; a damaged database ends the agent, so that it begins a new one. @returns what ends the watch */
function watchState(
  parts: Pick<AgentParts, 'config' | 'logger'> & {
    spool: Spool
    sessions: Sessions
    say: Tell
    end(exitCode: number): void
  },
): () => void {
  const { config, logger, spool, sessions, say, end } = parts
  const stops = [
    spool.onFailed((error) => {
      logger.error({ err: error.cause }, 'the state could not be written')
      say.storageFailed(config.dir)
      sessions.pause(error)
    }),
    spool.onCommitted(sessions.resume),
    spool.onDamaged((error) => {
      logger.error({ err: error }, 'the database is damaged')
      say.damaged(config.dir)
      end(EXIT_DAMAGED)
    }),
  ]
  return () => stops.forEach((stop) => stop())
}

/** What a damaged or full disk does not take any more is known to be lost; that must not keep the agent from ending. */
function closeSpool(spool: Spool, logger: Logger): void {
  try {
    spool.close()
  } catch (error) {
    logger.error({ err: error }, 'what was said last could not be written')
  }
}

function watchDrift(
  { config, logger, probeDrift = false }: AgentParts,
  claude: () => { executable: string; env: Record<string, string> },
  changed: () => void,
): DriftWatch {
  const probe = (signal: AbortSignal): Promise<Shapes> => {
    const { executable, env } = claude()
    return probeClaude({ executable, path: env['PATH'] ?? '', marker: randomUUID(), id: randomUUID(), signal })
  }
  return createDriftWatch({ dir: config.dir, logger, changed, probe: probeDrift ? probe : undefined })
}

function withDrift(claude: ClaudeStatus, watch: DriftWatch): ClaudeStatus {
  const drift = watch.report()
  return drift === undefined ? claude : { ...claude, drift }
}

/** In a directory that is served: many look for their settings from there. */
function checkOther(acp: AcpCoder, { projects, dir }: Config): Promise<ClaudeStatus> {
  return checkAcp(acp, { cwd: projects[0] ?? dir, marker: randomUUID() })
}

/** What the relay is told of this machine, beside the sessions. */
type Status = { claude: ClaudeStatus; tell: () => void }

type ConnectParts = AgentParts & {
  spool: Spool
  projects: Projects
  sessions: Sessions
  say: Tell
  status: Status
  machine: Machine
  end(exitCode: number): void
}

function connect(parts: ConnectParts): Client {
  const { config, logger, spool, projects, sessions, machine, say, status } = parts
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
      versions: { agent: AGENT_VERSION, node: process.versions.node, ...versionOf(status.claude) },
      projects: projects.list(),
      sessions: spool.outbox.positions().map(({ sessionId, acked, last }) => ({ sessionId, lastN: last, acked })),
      open: spool.inbox.openCommands(),
    }),
    held: spool.outbox.adopt,
    waiting: sessions.accept,
    accept(input) {
      const { inputId, sessionId } = input
      if (spool.inbox.isDone(inputId)) return { ended: spool.outbox.position(sessionId).last }
      const accept = (): void => sessions.accept([input])
      if (parts.tracing === undefined) accept()
      else parts.tracing.take(input, accept)
      return {}
    },
    answer: machine.answer,
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

function versionOf({ version = 'unknown', answeredBy }: ClaudeStatus): Record<string, string> {
  return answeredBy === undefined ? { claude: version } : { acp: version }
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
