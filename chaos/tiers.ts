import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { execa } from 'execa'
import { freePort } from '../packages/server/test/freePort.ts'
import { startModel, type Model } from '../scripts/model/model.ts'
import { openClock, type Clock } from './clock.ts'
import type { History, HistoryRecord } from './history.ts'
import { openProxy, type Proxy, type Target } from './proxy.ts'

const ROOT = resolve(import.meta.dirname, '..')
const READY_MS = 120_000
const STOP_MS = 15_000
const OWNER_TOKEN = `fho_${'o'.repeat(43)}`
const AGENT_TOKEN = `fha_${'a'.repeat(43)}`

/** The three tiers as real processes with a proxy on each hop, over the real Claude Code and the scripted model. */
export type Tiers = {
  /** Where clients dial: through the proxy. */
  url: string
  ownerToken: string
  dataDir: string
  /** Of the first machine. */
  project: string
  relay: Tier
  /** All of them, the first among them; who connects is handed to one after the other of those that run. */
  relays: readonly Tier[]
  /** Of the first machine. */
  agent: Tier
  machines: readonly Machine[]
  hops: { browser: Proxy; agent: Proxy }
  model: Model
  close(): Promise<void>
}

/** Where an agent runs, with its one project. */
export type Machine = { name: string; project: string; agent: Tier }

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
  /** Settings of each relay beyond the usual ones. @default one relay without any */
  relayEnvs?: readonly [Record<string, string>, ...Record<string, string>[]]
  /** How many machines there are, each with an agent. @default 1 */
  machines?: number
  agentEnv?: Record<string, string>
  /** Whether the wall clocks can be set. @default false */
  clocks?: boolean
}

export async function openTiers(options: TiersOptions): Promise<Tiers> {
  const { directory, history, prefix = {}, clocks = false } = options
  const dataDir = join(directory, 'data')
  const model = await startModel({ speed: 0 })
  const clockOf = (name: string) => (clocks ? openClock(join(directory, `${name}.clock`)) : undefined)
  const relays = await openRelays(options.relayEnvs ?? [{}], (suffix, port, relayEnv) => {
    const ownData = `${dataDir}${suffix}`
    return openTier({
      name: 'relay',
      main: 'packages/server/src/main.ts',
      ready: /Login link/,
      log: join(directory, `relay${suffix}.log`),
      prefix: prefix.relay ?? [],
      files: [...databaseFiles(ownData, 'farhand.db'), join(ownData, 'watermark.json.next')],
      clock: clockOf(`relay${suffix}`),
      history,
      env: { PORT: String(port), DATA_DIR: ownData, OWNER_TOKEN, AGENT_TOKEN, ...relayEnv },
    })
  })
  const target = inTurn(relays)
  const hops = { browser: await openProxy(target), agent: await openProxy(target) }
  const openOne = (machine: number): Promise<Machine> =>
    openMachine({ ...options, machine, clockOf, serverUrl: `http://127.0.0.1:${hops.agent.port}`, modelUrl: model.url })
  const first = await openOne(0)
  const others = Array.from({ length: (options.machines ?? 1) - 1 }, (_, index) => openOne(index + 1))
  const machines = [first, ...(await Promise.all(others))]
  return {
    url: `http://127.0.0.1:${hops.browser.port}`,
    ownerToken: OWNER_TOKEN,
    dataDir,
    project: first.project,
    relay: relays[0].tier,
    relays: relays.map(({ tier }) => tier),
    agent: first.agent,
    machines,
    hops,
    model,
    async close() {
      await Promise.all(machines.map(({ agent }) => agent.stop()))
      await Promise.all(relays.map(({ tier }) => tier.stop()))
      await hops.browser.close()
      await hops.agent.close()
      await model.close()
    },
  }
}

type MachineOptions = TiersOptions & {
  machine: number
  clockOf(name: string): Clock | undefined
  serverUrl: string
  modelUrl: string
}

async function openMachine(options: MachineOptions): Promise<Machine> {
  const { directory, history, prefix, agentEnv, machine, clockOf, serverUrl, modelUrl } = options
  const suffix = suffixOf(machine)
  const placeOf = (name: string): string => join(directory, `${name}${suffix}`)
  const [project, home, agentDir] = [placeOf('project'), placeOf('home'), placeOf('agent')]
  await mkdir(project, { recursive: true })
  await mkdir(home, { recursive: true })
  await writeFile(join(project, 'package.json'), '{ "name": "chaos", "type": "module" }\n')
  await execa('git', ['init', '--quiet'], { cwd: project })
  const name = `chaos${suffix}`
  const agent = openTier({
    name: 'agent',
    machine,
    main: 'packages/agent/src/main.ts',
    ready: /^Connected to/m,
    lost: /^Disconnected/m,
    log: join(directory, `agent${suffix}.log`),
    prefix: prefix?.agent ?? [],
    files: [...databaseFiles(agentDir, 'agent.db'), join(agentDir, 'identity.json.new')],
    clock: clockOf(`agent${suffix}`),
    history,
    env: {
      SERVER_URL: serverUrl,
      AGENT_TOKEN,
      AGENT_NAME: name,
      AGENT_DIR: agentDir,
      PROJECTS: project,
      HOME: home,
      ANTHROPIC_BASE_URL: modelUrl,
      ANTHROPIC_API_KEY: 'scripted',
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      ...agentEnv,
    },
  })
  return { name, project, agent }
}

/** Tells the files of one from those of the first. */
function suffixOf(index: number): string {
  return index === 0 ? '' : `-${index + 1}`
}

type PlacedRelay = { tier: Tier; port: number }

async function openRelays(
  [firstEnv, ...envs]: NonNullable<TiersOptions['relayEnvs']>,
  open: (suffix: string, port: number, env: Record<string, string>) => Tier,
) {
  const openOne = async (index: number, env: Record<string, string>): Promise<PlacedRelay> => {
    const port = await freePort()
    return { tier: open(suffixOf(index), port, env), port }
  }
  const relays: [PlacedRelay, ...PlacedRelay[]] = [await openOne(0, firstEnv)]
  for (const env of envs) relays.push(await openOne(relays.length, env))
  return relays
}

/** As a balancer does that knows who is there: the next one that runs, and any of them where none does. */
function inTurn(relays: readonly [PlacedRelay, ...PlacedRelay[]]): () => Target {
  let turn = 0
  return () => {
    turn += 1
    const running = relays.filter(({ tier }) => tier.alive())
    const { port } = (running.length > 0 ? running : relays)[turn % (running.length || relays.length)] ?? relays[0]
    return { host: '127.0.0.1', port }
  }
}

type TierOptions = {
  name: 'relay' | 'agent'
  /** Of an agent. */
  machine?: number
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

type TierRecord = Extract<HistoryRecord, { ev: 'tier' }>

function noteOf({ name, machine, history }: TierOptions): (what: TierRecord['what']) => void {
  return (what) => history.write({ ev: 'tier', tier: name, ...(machine === undefined ? {} : { machine }), what })
}

function openTier(options: TierOptions): Tier {
  const { files, clock } = options
  const note = noteOf(options)
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
      if (!expected) note('gone')
      else if (env['FARHAND_FAILPOINT'] !== undefined) note('killed')
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
    note(what)
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
  const { name } = options
  const note = noteOf(options)
  return new Promise((resolve, reject) => {
    let tail = ''
    const timer = setTimeout(() => reject(new Error(`the ${name} did not get ready: ${tail.slice(-2_000)}`)), READY_MS)
    const hear = (chunk: Buffer): void => {
      log.write(chunk)
      const text = chunk.toString()
      tail = (tail + text).slice(-10_000)
      if (options.ready.test(text)) {
        clearTimeout(timer)
        note('ready')
        resolve()
      }
      if (options.lost?.test(text) === true) note('disconnected')
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
