import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  AGENT_PATH,
  BROWSER_PATH,
  MAX_RESPONSES_PER_MESSAGE,
  PROTOCOL_VERSION,
  type Ack,
  type AgentCommand,
  type AgentMethod,
  type AgentResult,
  type AgentToServer,
  type BrowserToServer,
  type ClaudeStatus,
  type CommandResponse,
  type RegisteredProject,
  type ServerToAgent,
  type ServerToBrowser,
} from '@farhand/shared'
import { createApp, createLogger, loadConfig, openSqliteStore } from '@farhand/server'
import { io, type Socket } from 'socket.io-client'
import type { Line, Scene } from './scene.ts'

const OWNER_TOKEN = `fho_${'o'.repeat(43)}`
const AGENT_TOKEN = `fha_${'a'.repeat(43)}`
const QUIET = { reconnection: false, forceNew: true, transports: ['websocket'] }

/**
 * The real relay with an agent that plays what is written down, for pictures and tests of what a person sees: states that
 * the real Claude Code does not reach on request, and logs too long to wait for.
 */
export type Stage = {
  url: string
  /** The first of its projects. */
  projectId: string
  loginLink(): Promise<string>
  /** Opens a session with the scene's commands and writes its lines. Resolves when the relay has them all. */
  play(scene: Scene): Promise<PlayedSession>
  /** What the page has sent to the agent, in order. */
  inputs: readonly AgentCommand[]
  setOnline(online: boolean): Promise<void>
  /** Takes the relay away, for good. */
  stopRelay(): Promise<void>
  /** What the agent answers to questions; to all others it answers nothing that means anything. */
  answers: { [M in AgentMethod]?: AgentResult<M> }
  /** What the agent tells of Claude Code. */
  tellStatus(claude: ClaudeStatus): void
  close(): Promise<void>
}

export type StageOptions = {
  webDir?: string
  /** Does a machine connect? Without one there is nothing to play. @default true */
  machine?: boolean
  /** Whom push services may turn to, also those on this machine; without it the relay sends nothing. */
  pushContact?: string
}

export type PlayedSession = {
  sessionId: string
  /** Writes more lines. */
  write(lines: readonly Line[]): Promise<void>
}

export async function openStage({ machine = true, pushContact = '', ...options }: StageOptions = {}): Promise<Stage> {
  const dataDir = await mkdtemp(join(tmpdir(), 'farhand-stage-'))
  const env = { OWNER_TOKEN, AGENT_TOKEN, LOG_LEVEL: 'silent', PUSH_CONTACT: pushContact }
  const config = loadConfig({ PORT: '0', DATA_DIR: dataDir, ...env })
  const store = await openSqliteStore({ dataDir })
  /** What is played is dated as it is written. */
  let playedAt: number | undefined
  const app = await createApp({
    config,
    store,
    logger: createLogger('silent'),
    eventsPerSecond: 10_000,
    clock: { now: () => playedAt ?? Date.now() },
    push: { open: true },
    ...options,
  })
  const { port } = await app.listen()
  const url = `http://127.0.0.1:${port}`
  const agent = openAgent(url)
  if (machine) await agent.connect()
  const observer: Socket<ServerToBrowser, BrowserToServer> = io(url, {
    ...QUIET,
    path: BROWSER_PATH,
    auth: { token: OWNER_TOKEN },
  })
  await new Promise<void>((welcomed) => observer.once('welcome', () => welcomed()))
  let running = true

  async function stopRelay(): Promise<void> {
    if (!running) return
    running = false
    observer.disconnect()
    await agent.disconnect()
    await app.close()
  }

  return {
    url,
    projectId: FIRST_PROJECT.projectId,
    loginLink: () => app.loginLink(),
    inputs: agent.inputs,
    answers: agent.answers,
    tellStatus: agent.tellStatus,
    setOnline: (online) => (online ? agent.connect() : agent.disconnect()),
    async play(scene) {
      const sessionId = randomUUID()
      const { projectId } = PROJECTS[scene.project ?? 0] ?? FIRST_PROJECT
      const write = (lines: readonly Line[]): Promise<void> => agent.write(sessionId, lines)
      for (const [index, { id, text, at }] of scene.commands.entries()) {
        playedAt = at
        const command = { projectId, sessionId, commandId: id, command: text }
        ok(await observer.emitWithAck('execute_command', command))
        if (index === 0) ok(await observer.emitWithAck('update_session', { sessionId, title: scene.title }))
        await write(scene.lines.filter((line) => line.commandId === id))
      }
      playedAt = undefined
      return { sessionId, write }
    },
    stopRelay,
    async close() {
      await stopRelay()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

const FIRST_PROJECT: RegisteredProject = { projectId: randomUUID(), name: 'shop-api', path: '/home/dev/shop-api' }
const PROJECTS = [FIRST_PROJECT, { projectId: randomUUID(), name: 'infra', path: '/home/dev/infra' }]

/** An agent that takes every input and writes what it is told to. */
function openAgent(url: string) {
  const agentId = randomUUID()
  const inputs: AgentCommand[] = []
  const answers: Record<string, unknown> = {}
  const written = new Map<string, number>()
  let connNo = 0
  let socket: Socket<ServerToAgent, AgentToServer> | undefined

  return {
    inputs,
    answers,
    tellStatus: (claude: ClaudeStatus) => socket?.emit('agent_status', { claude, runs: [] }),
    async connect() {
      connNo += 1
      const auth = { token: AGENT_TOKEN, agentId, connNo, protocol: PROTOCOL_VERSION }
      const opened: Socket<ServerToAgent, AgentToServer> = io(url, { ...QUIET, path: AGENT_PATH, auth })
      socket = opened
      opened.on('agent_command', (input, ack) => {
        inputs.push(input)
        ack({ ok: true })
      })
      opened.on('agent_request', ({ method }, ack) => ack({ ok: true, result: answers[method] ?? {} }))
      await new Promise<void>((connected) => opened.once('connect', () => connected()))
      ok(await opened.emitWithAck('agent_hello', helloOf(agentId, connNo, written)))
    },
    disconnect: async () => void socket?.disconnect(),
    async write(sessionId: string, lines: readonly Line[]) {
      const agent = socket
      if (agent === undefined || lines.length === 0) return
      const first = (written.get(sessionId) ?? 0) + 1
      const responses = lines.map((line, index): CommandResponse => responseOf(sessionId, first + index, line))
      const last = first + lines.length - 1
      written.set(sessionId, last)
      const stored = new Promise<void>((done) => {
        const check = (acknowledged: { sessionId: string; n: number }): void => {
          if (acknowledged.sessionId !== sessionId || acknowledged.n < last) return
          agent.off('ack_responses', check)
          done()
        }
        agent.on('ack_responses', check)
      })
      for (let from = 0; from < responses.length; from += MAX_RESPONSES_PER_MESSAGE)
        agent.emit('command_response', responses.slice(from, from + MAX_RESPONSES_PER_MESSAGE))
      await stored
    },
  }
}

function helloOf(agentId: string, connNo: number, written: ReadonlyMap<string, number>) {
  return {
    protocol: PROTOCOL_VERSION,
    agentId,
    connNo,
    bootId: 'stage',
    name: 'workstation',
    host: 'workstation.local',
    versions: { agent: '0.1.0' },
    projects: PROJECTS,
    sessions: [...written].map(([sessionId, lastN]) => ({ sessionId, lastN })),
  }
}

function responseOf(sessionId: string, n: number, line: Line): CommandResponse {
  const { commandId, kind, body, at, ...rest } = line
  const isComplete = kind === 'run_finished'
  return {
    sessionId,
    commandId,
    n,
    kind,
    data: typeof body === 'string' ? body : JSON.stringify(body),
    isComplete,
    status: isComplete ? (rest.code === undefined ? 'complete' : 'error') : 'streaming',
    at,
    ...rest,
  }
}

function ok<T extends object>(answer: Ack<T>): T {
  if (!answer.ok) throw new Error(`refused: ${answer.error.code} ${answer.error.message}`)
  return answer
}
