import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { freePort } from './freePort.ts'

/** A Redis of its own for tests, which keeps nothing: each start is one without data. */
export type TestRedis = {
  url: string
  start(): Promise<void>
  /** `kill -9`. */
  kill(): Promise<void>
  /** It stands still, and goes on. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void
  alive(): boolean
  close(): Promise<void>
}

export const REDIS_NEEDED =
  'Tests of several relays need the program redis-server (Debian: apt-get install redis-server); it is not here, so nothing of them was run'

const START_LIMIT_MS = 10_000

/** Undefined where Redis is not installed. */
export function findRedis(): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((directory) => join(directory, 'redis-server'))
    .find(existsSync)
}

export async function startRedis(program: string): Promise<TestRedis> {
  const directory = mkdtempSync(join(tmpdir(), 'farhand-redis-'))
  const port = await freePort()
  let running: ChildProcess | undefined
  process.once('exit', () => running?.kill('SIGKILL')) // whoever gives up leaves none behind

  async function start(): Promise<void> {
    const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', directory, '--save', '', '--appendonly', 'no']
    const child = spawn(program, args, { cwd: directory, stdio: ['ignore', 'pipe', 'ignore'] })
    running = child
    const ready = Promise.withResolvers<void>()
    const timer = setTimeout(() => ready.reject(new Error('Redis did not start')), START_LIMIT_MS)
    let said = ''
    child.stdout.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-1_000)
      if (/Ready to accept connections/.test(said)) ready.resolve()
    })
    child.once('exit', () => {
      if (running === child) running = undefined
      ready.reject(new Error(`Redis did not start: ${said}`))
    })
    await ready.promise.finally(() => clearTimeout(timer))
  }

  async function kill(): Promise<void> {
    const child = running
    if (child === undefined) return
    const exit = once(child, 'exit')
    child.kill('SIGKILL') // also one that stands still
    await exit
  }

  await start()
  return {
    url: `redis://127.0.0.1:${port}`,
    start,
    kill,
    signal: (signal) => void running?.kill(signal),
    alive: () => running !== undefined,
    close: async () => {
      await kill()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
