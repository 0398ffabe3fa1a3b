import { mkdtemp, mkdir, rm, writeFile, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { execa } from 'execa'
import { freePort } from '../packages/server/test/freePort.ts'
import { startModel } from '../scripts/model/model.ts'

const ROOT = resolve(import.meta.dirname, '..')
/** The tiers are started some two hundred times, and half of a start is compiling. */
const NODE_COMPILE_CACHE = join(ROOT, 'node_modules/.cache/farhand/compile')
const READY_MS = 30_000
const STOP_MS = 15_000

/** The three tiers as real processes over a throw-away project, with the real Claude Code and the scripted model. */
export type House = {
  url: string
  ownerToken: string
  /** The directory that Claude Code works in. */
  project: string
  server: Tier
  agent: Tier
  /** The newest one-time login link. */
  loginLink(): string
  readProjectFile(name: string): Promise<string>
  close(): Promise<void>
}

/** One tier's process. `kill` is SIGKILL: nothing is said goodbye to. */
export type Tier = {
  start(): Promise<void>
  stop(): Promise<void>
  kill(): Promise<void>
  output(): string
}

export type HouseOptions = {
  /** The address people use, when it is not loopback. */
  origin?: (port: number) => string
  /** @default true */
  startAgent?: boolean
}

export async function openHouse(options: HouseOptions = {}): Promise<House> {
  const directory = await mkdtemp(join(tmpdir(), 'farhand-e2e-'))
  const project = join(directory, 'greeter')
  await makeProject(project)
  const model = await startModel({ speed: 40 })
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const ownerToken = `fho_${'o'.repeat(43)}`
  const agentToken = `fha_${'a'.repeat(43)}`
  const server = tier('packages/server/src/main.ts', /Login link.*: (\S+)/, {
    PORT: String(port),
    DATA_DIR: join(directory, 'data'),
    OWNER_TOKEN: ownerToken,
    AGENT_TOKEN: agentToken,
    ...(options.origin === undefined ? {} : { PUBLIC_URL: options.origin(port) }),
  })
  const agent = tier('packages/agent/src/main.ts', /connected/i, {
    SERVER_URL: url,
    AGENT_TOKEN: agentToken,
    AGENT_NAME: 'workstation',
    AGENT_DIR: join(directory, 'agent'),
    PROJECTS: project,
    HOME: join(directory, 'home'),
    ANTHROPIC_BASE_URL: model.url,
    ANTHROPIC_API_KEY: 'scripted',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  })
  await mkdir(join(directory, 'home'))
  await server.start()
  if (options.startAgent !== false) await agent.start()
  return {
    url,
    ownerToken,
    project,
    server,
    agent,
    loginLink() {
      const link = [...server.output().matchAll(/Login link.*: (\S+)/g)].at(-1)?.[1]
      if (link === undefined) throw new Error(`The server printed no login link:\n${server.output()}`)
      return link
    },
    readProjectFile: (name) => readFile(join(project, name), 'utf8'),
    async close() {
      await agent.stop()
      await server.stop()
      await model.close()
      await rm(directory, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

async function makeProject(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true })
  await writeFile(
    join(directory, 'package.json'),
    '{ "name": "greeter", "type": "module", "scripts": { "test": "node --test" } }\n',
  )
  await writeFile(join(directory, 'greeting.mjs'), "export const greeting = 'Hello'\n")
  await execa('git', ['init', '--quiet'], { cwd: directory })
}

/** A process of this repository, started as a person would start it, ready when its output says so. */
function tier(main: string, ready: RegExp, env: Record<string, string>): Tier {
  let child: ReturnType<typeof launch> | undefined
  let output = ''
  const gone = async (): Promise<void> => {
    await child
    child = undefined
  }
  return {
    async start() {
      const from = output.length
      const started = launch(main, env)
      child = started
      const collect = (chunk: Buffer): void => {
        output += chunk.toString()
      }
      started.stdout?.on('data', collect)
      started.stderr?.on('data', collect)
      const deadline = Date.now() + READY_MS
      while (!ready.test(output.slice(from))) {
        if (started.nodeChildProcess.exitCode !== null || Date.now() > deadline)
          throw new Error(`${main} did not get ready:\n${output}`)
        await new Promise((wake) => setTimeout(wake, 50))
      }
    },
    async stop() {
      child?.kill('SIGTERM')
      await gone()
    },
    async kill() {
      child?.kill('SIGKILL')
      await gone()
    },
    output: () => output,
  }
}

function launch(main: string, env: Record<string, string>) {
  return execa(process.execPath, [join(ROOT, main)], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', NODE_COMPILE_CACHE, ...env },
    extendEnv: false,
    reject: false,
    buffer: false,
    forceKillAfterDelay: STOP_MS,
  })
}
