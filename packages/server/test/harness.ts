import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  AGENT_PATH,
  BROWSER_PATH,
  PROTOCOL_VERSION,
  type Ack,
  type AgentHello,
  type AgentToServer,
  type BrowserToServer,
  type CommandResponse,
  type Entry,
  type ServerToAgent,
  type ServerToBrowser,
} from '@farhand/shared'
import { expect } from 'vitest'
import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client'
import {
  createApp,
  createLogger,
  loadConfig,
  openSqliteStore,
  type App,
  type AppOptions,
  type Store,
} from '../src/index.ts'

/** The real relay on a free port, over a real SQLite in a directory of its own. Everything ends with `close`. */

export const OWNER_TOKEN = 'owner-token-for-tests-0123456789abcdef'
export const AGENT_TOKEN = 'agent-token-for-tests-0123456789abcdef'

export type TestBrowser = Socket<ServerToBrowser, BrowserToServer>
export type TestAgent = Socket<ServerToAgent, AgentToServer>

export type Relay = {
  app: App
  url: string
  /** What the relay itself works with. */
  store: Store
  dataDir: string
  /** What was logged. */
  logs: string[]
  browser(auth?: object, options?: Partial<ManagerOptions & SocketOptions>): TestBrowser
  /** Connected and welcomed. */
  openBrowser(options?: Partial<ManagerOptions & SocketOptions>): Promise<TestBrowser>
  agent(auth?: object, options?: Partial<ManagerOptions & SocketOptions>): TestAgent
  /** Stops the relay and starts it again on the same directory. */
  restart(): Promise<void>
  close(): Promise<void>
}

export type RelayOptions = Partial<Omit<AppOptions, 'config' | 'store'>> & {
  env?: Record<string, string>
  /** What stands between the relay and its store. @default nothing */
  around?: (store: Store) => Store
}

export async function startRelay(options: RelayOptions = {}): Promise<Relay> {
  const { env, around = (store) => store, ...rest } = options
  const dataDir = mkdtempSync(join(tmpdir(), 'farhand-server-'))
  const logs: string[] = []
  const sockets = new Set<Socket>()
  const config = loadConfig({ PORT: '0', DATA_DIR: dataDir, OWNER_TOKEN, AGENT_TOKEN, LOG_LEVEL: 'debug', ...env })
  const logger = createLogger(config.logLevel, { write: (line: string) => void logs.push(line) })

  async function start(): Promise<{ app: App; url: string; store: Store }> {
    const store = around(await openSqliteStore({ dataDir }))
    const app = await createApp({ config, store, logger, eventsPerSecond: 10_000, ...rest })
    const { port } = await app.listen()
    return { app, url: `http://127.0.0.1:${port}`, store }
  }

  const relay: Relay = {
    ...(await start()),
    dataDir,
    logs,
    browser: (auth = { token: OWNER_TOKEN }, more = {}) => {
      const socket: TestBrowser = io(relay.url, { ...quiet, path: BROWSER_PATH, auth, ...more })
      sockets.add(socket)
      return socket
    },
    openBrowser: async (more) => {
      const socket = relay.browser(undefined, more)
      await heard(socket, 'welcome')
      return socket
    },
    agent: (auth = {}, more = {}) => {
      const said = { token: AGENT_TOKEN, agentId: AGENT_ID, connNo: 1, protocol: PROTOCOL_VERSION, ...auth }
      const socket: TestAgent = io(relay.url, { ...quiet, path: AGENT_PATH, auth: said, ...more })
      sockets.add(socket)
      return socket
    },
    restart: async () => {
      await relay.app.close()
      Object.assign(relay, await start())
    },
    close: async () => {
      for (const socket of sockets) socket.disconnect()
      await relay.app.close()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
  return relay
}

const quiet = { reconnection: false, forceNew: true, transports: ['websocket'] }

export const PROJECT_ID = '00000000-0000-4000-8000-0000000000b1'
export const AGENT_ID = '00000000-0000-4000-8000-0000000000a1'

export function helloOf(part: Partial<AgentHello> = {}): AgentHello {
  return {
    protocol: PROTOCOL_VERSION,
    agentId: AGENT_ID,
    connNo: 1,
    bootId: 'boot',
    name: 'laptop',
    host: 'laptop.local',
    versions: { agent: '0.1.0' },
    projects: [{ projectId: PROJECT_ID, name: 'demo', path: '/home/dev/demo' }],
    sessions: [],
    ...part,
  }
}

/** An agent whose hello was accepted; it acknowledges every input and keeps what it got. */
export async function openAgent(
  relay: Relay,
  part: Partial<AgentHello> & { token?: string } = {},
  options?: Parameters<Relay['agent']>[1],
) {
  const { token = AGENT_TOKEN, ...said } = part
  const hello = helloOf(said)
  const socket = relay.agent({ agentId: hello.agentId, connNo: hello.connNo, token }, options)
  const inputs: Parameters<ServerToAgent['agent_command']>[0][] = []
  socket.on('agent_command', (input, ack) => {
    inputs.push(input)
    ack({ ok: true })
  })
  await heard(socket, 'connect')
  const answer = ok(await socket.emitWithAck('agent_hello', hello))
  return { socket, inputs, answer, hello }
}

export function responseOf(
  part: Partial<CommandResponse> & Pick<CommandResponse, 'sessionId' | 'commandId' | 'n'>,
): CommandResponse {
  return { kind: 'text', data: `chunk ${part.n}`, isComplete: false, at: 1_700_000_000_000 + part.n, ...part }
}

/** Resolves when it is on disk that the agent took these commands. */
export async function handedOver(relay: Relay, ...commands: { commandId: string }[]): Promise<void> {
  const wanted = commands.map(({ commandId }) => commandId)
  await expect
    .poll(async () => (await relay.store.openCommands(AGENT_ID)).map(({ commandId }) => commandId), {
      timeout: PATIENCE_MS,
    })
    .toEqual(expect.arrayContaining(wanted))
}

export function ids() {
  return { sessionId: randomUUID(), commandId: randomUUID() }
}

/** The answer, or a failed test. */
export function ok<T extends object>(answer: Ack<T>): { ok: true } & T {
  if (!answer.ok) throw new Error(`refused: ${answer.error.code} ${answer.error.message}`)
  return answer
}

export function codeOf(answer: Ack): string | undefined {
  return answer.ok ? undefined : answer.error.code
}

/** For what is to come without a promise of when. */
export const PATIENCE_MS = 8_000
const TICK_MS = 20

/** The first payload of an event, within a bound. */
export function heard<T = unknown>(
  socket: { once(event: never, listener: (payload: T) => void): unknown },
  event: string,
): Promise<T> {
  return within(new Promise<T>((resolve) => socket.once(event as never, resolve)), `"${event}" was not heard`)
}

export async function within<T>(promise: Promise<T>, complaint: string, ms = PATIENCE_MS): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(complaint)), ms)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

export async function until(
  condition: () => boolean,
  complaint = 'it did not come to be',
  ms = PATIENCE_MS,
): Promise<void> {
  const deadline = performance.now() + ms
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(complaint)
    await pause(5)
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/**
 * A pause of so much time as this process really had. Relay and test share one event loop: were it to stand still past
 * a timer of the relay and the end of the test's pause, the test could look before the relay acts. Here that is one tick.
 */
export async function lived(ms: number): Promise<void> {
  for (let past = 0; past < ms; past += TICK_MS) await pause(TICK_MS)
}

/** As `within`, for what the relay promises: its bound is counted as `lived` does. */
export async function withinLived<T>(promise: Promise<T>, complaint: string, ms: number): Promise<T> {
  const late = lived(ms).then((): never => {
    throw new Error(complaint)
  })
  return await Promise.race([promise, late])
}

/** Everything that `command_result` brings, in one list. */
export function collect(socket: TestBrowser): Entry[] {
  const entries: Entry[] = []
  socket.on('command_result', (said) => void entries.push(...[said].flat()))
  return entries
}

export async function getJson(
  url: string,
  init: RequestInit = {},
): Promise<{ status: number; body: Record<string, unknown>; headers: Headers }> {
  const response = await fetch(url, init)
  const text = await response.text()
  const body: unknown = text.startsWith('{') ? JSON.parse(text) : { text }
  return { status: response.status, body: body as Record<string, unknown>, headers: response.headers }
}
