import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { join, resolve } from 'node:path'
import { execa } from 'execa'
import { startModel, type Model } from '../scripts/model/model.ts'
import { openClock, type Clock } from './clock.ts'
import type { History } from './history.ts'
import { openProxy, type Proxy } from './proxy.ts'

const ROOT = resolve(import.meta.dirname, '..')
const READY_MS = 60_000
const STOP_MS = 15_000

/** The three tiers as real processes with a proxy on each hop, over the real Claude Code and the scripted model. */
export type Tiers = {
  /** Where clients dial: through the proxy. */
  url: string
  ownerToken: string
  dataDir: string
  project: string
  relay: Tier
  agent: Tier
  hops: { browser: Proxy; agent: Proxy }
  model: Model
  close(): Promise<void>
}

export type Tier = {
  /** Resolves when its output says that it is ready. `env` is for this start alone. */
  start(env?: Record<string, string>): Promise<void>
  /** SIGKILL. */
  kill(): Promise<void>
  stop(): Promise<void>
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void
  /** Where it keeps what must not be lost. */
  files: readonly string[]
  /** Its wall clock, where `clocks` was asked for. */
  clock: Clock | undefined
  pid(): number | undefined
  /** Resolves when the process has ended, however it did. */
  ended(): Promise<void>
  alive(): boolean
}

export type TiersOptions = {
  directory: string
  history: History
  /** What stands before the program, e.g. a tracer with its arguments. */
  prefix?: { relay?: readonly string[]; agent?: readonly string[] }
  /** Settings of the relay and of the agent beyond the usual ones. */
  relayEnv?: Record<string, string>
  agentEnv?: Record<string, string>
  /** Whether the wall clocks can be set. @default false */
  clocks?: boolean
}

export async function openTiers(options: TiersOptions): Promise<Tiers> {
  const { directory, history, prefix = {}, relayEnv = {}, agentEnv = {}, clocks = false } = options
  const project = join(directory, 'project')
  const dataDir = join(directory, 'data')
  await mkdir(project, { recursive: true })
  await mkdir(join(directory, 'home'), { recursive: true })
  await writeFile(join(project, 'package.json'), '{ "name": "chaos", "type": "module" }\n')
  await execa('git', ['init', '--quiet'], { cwd: project })
  const model = await startModel({ speed: 0 })
  const port = await freePort()
  const target = { host: '127.0.0.1', port }
  const hops = { browser: await openProxy(target), agent: await openProxy(target) }
  const ownerToken = `fho_${'o'.repeat(43)}`
  const agentToken = `fha_${'a'.repeat(43)}`
  const agentDir = join(directory, 'agent')
  const clockOf = (name: string) => (clocks ? openClock(join(directory, `${name}.clock`)) : undefined)
  const relay = openTier({
    name: 'relay',
    main: 'packages/server/src/main.ts',
    ready: /Login link/,
    log: join(directory, 'relay.log'),
    prefix: prefix.relay ?? [],
    files: [...databaseFiles(dataDir, 'farhand.db'), join(dataDir, 'watermark.json.next')],
    clock: clockOf('relay'),
    history,
    env: { PORT: String(port), DATA_DIR: dataDir, OWNER_TOKEN: ownerToken, AGENT_TOKEN: agentToken, ...relayEnv },
  })
  const agent = openTier({
    name: 'agent',
    main: 'packages/agent/src/main.ts',
    ready: /^Connected to/m,
    lost: /^Disconnected/m,
    log: join(directory, 'agent.log'),
    prefix: prefix.agent ?? [],
    files: [...databaseFiles(agentDir, 'agent.db'), join(agentDir, 'identity.json.new')],
    clock: clockOf('agent'),
    history,
    env: {
      SERVER_URL: `http://127.0.0.1:${hops.agent.port}`,
      AGENT_TOKEN: agentToken,
      AGENT_NAME: 'chaos',
      AGENT_DIR: agentDir,
      PROJECTS: project,
      HOME: join(directory, 'home'),
      ANTHROPIC_BASE_URL: model.url,
      ANTHROPIC_API_KEY: 'scripted',
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      ...agentEnv,
    },
  })
  return {
    url: `http://127.0.0.1:${hops.browser.port}`,
    ownerToken,
    dataDir,
    project,
    relay,
    agent,
    hops,
    model,
    async close() {
      await agent.stop()
      await relay.stop()
      await hops.browser.close()
      await hops.agent.close()
      await model.close()
    },
  }
}

type TierOptions = {
  name: 'relay' | 'agent'
  main: string
  ready: RegExp
  lost?: RegExp
  log: string
  prefix: readonly string[]
  files: readonly string[]
  clock: Clock | undefined
  history: History
  env: Record<string, string>
}

function databaseFiles(directory: string, name: string): string[] {
  return [join(directory, name), join(directory, `${name}-wal`)]
}

function openTier(options: TierOptions): Tier {
  const { name, history, files, clock } = options
  const log = createWriteStream(options.log, { flags: 'a' })
  let child: ChildProcess | undefined
  /** Ends that we caused are no news. */
  let expected = false

  function launch(env: Record<string, string>): ChildProcess {
    const [file = '', ...args] = [...options.prefix, process.execPath, join(ROOT, options.main)]
    const base = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' }
    const started = spawn(file, args, {
      cwd: ROOT,
      env: { ...base, ...options.env, ...clock?.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    started.once('exit', () => {
      if (!expected) history.write({ ev: 'tier', tier: name, what: 'gone' })
      else if (env['FARHAND_FAILPOINT'] !== undefined) history.write({ ev: 'tier', tier: name, what: 'killed' })
      if (child === started) child = undefined
    })
    return started
  }

  async function end(signal: 'SIGKILL' | 'SIGTERM', what: 'killed' | 'stopped'): Promise<void> {
    if (child === undefined) return
    expected = true
    const ending = child
    const exit = once(ending, 'exit')
    ending.kill('SIGCONT') // a stopped process takes no SIGTERM
    ending.kill(signal)
    const force = setTimeout(() => ending.kill('SIGKILL'), STOP_MS)
    await exit
    clearTimeout(force)
    history.write({ ev: 'tier', tier: name, what })
  }

  return {
    async start(env = {}) {
      expected = env['FARHAND_FAILPOINT'] !== undefined
      const started = launch(env)
      child = started
      await ready(started, options, log)
    },
    kill: () => end('SIGKILL', 'killed'),
    stop: () => end('SIGTERM', 'stopped'),
    signal: (signal) => void child?.kill(signal),
    ended: async () => {
      if (child !== undefined) await once(child, 'exit')
    },
    alive: () => child !== undefined,
    pid: () => child?.pid,
    files,
    clock,
  }
}

/** Resolves at the first sign of readiness, and goes on writing down each sign of it and of its loss. */
function ready(child: ChildProcess, options: TierOptions, log: NodeJS.WritableStream): Promise<void> {
  const { name, history } = options
  return new Promise((resolve, reject) => {
    let tail = ''
    const timer = setTimeout(() => reject(new Error(`the ${name} did not get ready: ${tail.slice(-2_000)}`)), READY_MS)
    const hear = (chunk: Buffer): void => {
      log.write(chunk)
      const text = chunk.toString()
      tail = (tail + text).slice(-10_000)
      if (options.ready.test(text)) {
        clearTimeout(timer)
        history.write({ ev: 'tier', tier: name, what: 'ready' })
        resolve()
      }
      if (options.lost?.test(text) === true) history.write({ ev: 'tier', tier: name, what: 'disconnected' })
    }
    child.stdout?.on('data', hear)
    child.stderr?.on('data', hear)
    // Killed before it was ready, by a fail point or by the nemesis: whoever waits for more will see.
    child.once('exit', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}

/** A port that was free a moment ago; a restarted relay must come back on the same one. */
async function freePort(): Promise<number> {
  const probe = createServer()
  probe.listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo // a listening TCP server has one
  probe.close()
  await once(probe, 'close')
  return port
}
