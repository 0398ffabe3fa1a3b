import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AGENT_PATH, BROWSER_PATH } from '@farhand/shared'
import { io } from 'socket.io-client'
import { AGENT_TOKEN, OWNER_TOKEN, until, type TestAgent, type TestBrowser } from './harness.ts'

/** Two at once on a machine that is busy with more. */
const START_LIMIT_MS = 60_000
const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))

/** The relay as a process of its own, on one data directory, started as often as a test likes. */
export type RelayProcess = {
  child(): ChildProcess
  /** What it logged since its last start. */
  logs(): string
  url(): string
  browser(): TestBrowser
  agent(identity: { agentId: string; connNo: number; protocol: number }): TestAgent
  /** Resolves when it is there. @param nodeFlags for Node itself */
  start(nodeFlags?: readonly string[], env?: Record<string, string>, args?: readonly string[]): Promise<void>
  /** Resolves when it has ended, by itself or by this signal. */
  ended(signal?: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }>
  /** Another command on the same data directory. Answers what it said, of whatever kind. */
  maintain(args: readonly string[], env: Record<string, string>): Promise<string>
  close(): Promise<void>
}

export function relayProcess(): RelayProcess {
  const dataDir = mkdtempSync(join(tmpdir(), 'farhand-process-'))
  const sockets = new Set<{ disconnect(): unknown }>()
  let running: { child: ChildProcess; output: { stdout: string; stderr: string }; exit: Exit } | undefined

  function now() {
    if (running === undefined) throw new Error('the relay was not started')
    return running
  }

  const url = (): string => /ready at (\S+)/.exec(now().output.stdout)?.[1] ?? ''
  const dial = (path: string, auth: object) => {
    const socket = io(url(), { path, auth, reconnection: false, forceNew: true, transports: ['websocket'] })
    sockets.add(socket)
    return socket
  }

  return {
    child: () => now().child,
    logs: () => now().output.stderr,
    url,
    browser: () => dial(BROWSER_PATH, { token: OWNER_TOKEN }),
    agent: (identity) => dial(AGENT_PATH, { token: AGENT_TOKEN, ...identity }),
    start: async (nodeFlags = [], env = {}, args = []) => {
      running = run(dataDir, nodeFlags, env, args)
      await until(() => now().output.stdout.includes('Login link'), 'the relay did not start', START_LIMIT_MS)
    },
    ended: async (signal) => {
      if (signal !== undefined) now().child.kill(signal)
      return await now().exit
    },
    maintain: async (args, env) => {
      const { output, exit } = run(dataDir, [], env, args)
      await exit
      return output.stdout + output.stderr
    },
    close: async () => {
      for (const socket of sockets) socket.disconnect()
      running?.child.kill('SIGCONT')
      running?.child.kill('SIGKILL')
      await running?.exit
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

type Exit = Promise<{ code: number | null; signal: NodeJS.Signals | null }>

function run(dataDir: string, nodeFlags: readonly string[], env: Record<string, string>, args: readonly string[] = []) {
  const child = spawn(process.execPath, [...nodeFlags, MAIN, ...args], {
    cwd: dataDir,
    env: {
      PATH: process.env['PATH'],
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
      PORT: '0',
      DATA_DIR: dataDir,
      OWNER_TOKEN,
      AGENT_TOKEN,
      ...env,
    },
  })
  const output = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()))
  const exit: Exit = new Promise((resolve) => child.once('close', (code, signal) => resolve({ code, signal })))
  return { child, output, exit }
}
