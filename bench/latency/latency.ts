import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Ack, CommandAccepted, Entry } from '@farhand/shared'
import { execa } from 'execa'
import { io, type Socket } from 'socket.io-client'
import { median, quantile } from '../stats.ts'
import { age, type Load } from './load.ts'

const HERE = import.meta.dirname
const ROOT = resolve(HERE, '../..')
const READY_MS = 15_000
/** What the first chunks cost (just-in-time compilation, first writes) is not what is measured. */
const WARM_UP_SHARE = 0.2

export type Latency = { p50: number; p99: number; chunks: number }
export type Report = {
  load: Load
  rounds: number
  farhand: Latency
  plain: Latency
  ratioP50: number
  ratioP99: number
}

/**
 * Agent → observer, Farhand with both disks in the way (FULL at the agent's spool and at the relay's log) beside a
 * plain Socket.IO relay without any. The rounds alternate in one run, so that both meet the same noise.
 */
export async function measureLatency(load: Load, rounds: number): Promise<Report> {
  const farhand: Latency[] = []
  const plain: Latency[] = []
  for (let round = 0; round < rounds; round += 1) {
    const order = round % 2 === 0 ? ['plain', 'farhand'] : ['farhand', 'plain']
    for (const which of order) {
      if (which === 'plain') plain.push(await measurePlain(load))
      else farhand.push(await measureFarhand(load))
    }
  }
  const ratios = (pick: (latency: Latency) => number): number[] =>
    farhand.map((latency, round) => pick(latency) / pick(plain[round] ?? latency))
  return {
    load,
    rounds,
    farhand: middle(farhand),
    plain: middle(plain),
    ratioP50: median(ratios((latency) => latency.p50)),
    ratioP99: median(ratios((latency) => latency.p99)),
  }
}

export function describe({ load, rounds, farhand, plain, ratioP50, ratioP99 }: Report): string {
  const figures = ({ p50, p99, chunks }: Latency): string =>
    `p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms (${chunks} chunks)`
  return (
    `latency agent → observer, ${load.sessions} sessions × ${load.chunksPerSecond}/s, ${rounds} rounds: ` +
    `Farhand, durable at both ends: ${figures(farhand)} · plain Socket.IO, not durable: ${figures(plain)} · ` +
    `ratio p50 ${ratioP50.toFixed(2)}, p99 ${ratioP99.toFixed(2)}`
  )
}

async function measurePlain(load: Load): Promise<Latency> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const relay = await startPart('plainRelay.ts', [], { PORT: String(port) }, /ready/)
  const observer = io(url, { transports: ['websocket'] })
  const ages: number[] = []
  observer.on('chunk', (chunk: { text: string }) => ages.push(age(chunk.text)))
  for (let session = 0; session < load.sessions; session += 1) await observer.emitWithAck('join', String(session))
  await run('plainAgent.ts', [url, ...argvOf(load)], {})
  observer.disconnect()
  await relay.stop()
  return summarise(ages)
}

async function measureFarhand(load: Load): Promise<Latency> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const directory = await mkdtemp(join(tmpdir(), 'farhand-bench-'))
  const [ownerToken, agentToken] = [randomBytes(32).toString('hex'), randomBytes(32).toString('hex')]
  const env = {
    PORT: String(port),
    DATA_DIR: join(directory, 'data'),
    OWNER_TOKEN: ownerToken,
    AGENT_TOKEN: agentToken,
  }
  const relay = await startPart('../../packages/server/src/main.ts', [], { ...env, LOG_LEVEL: 'warn' }, /ready/)
  const projectId = randomUUID()
  const argv = [url, join(directory, 'agent'), projectId, ...argvOf(load)]
  const agent = await startPart('durableAgent.ts', argv, { AGENT_TOKEN: agentToken }, /ready/)
  const observer = io(url, { transports: ['websocket'], auth: { token: ownerToken } })
  await new Promise<void>((welcomed) => observer.on('welcome', () => welcomed()))
  const ages: number[] = []
  observer.on('command_result', (result: Entry | Entry[]) => {
    for (const entry of [result].flat()) if (entry.kind === 'text') ages.push(age(entry.response))
  })
  for (let session = 0; session < load.sessions; session += 1) await openSession(observer, projectId)
  await agent.over
  observer.disconnect()
  await relay.stop()
  await rm(directory, { recursive: true, force: true })
  return summarise(ages)
}

/** The sender of a session's first command hears the session. */
async function openSession(observer: Socket, projectId: string): Promise<void> {
  const answer = (await observer.emitWithAck('execute_command', {
    projectId,
    command: 'bench',
  })) as Ack<CommandAccepted>
  if (!answer.ok) throw new Error(`${answer.error.code}: ${answer.error.message}`)
}

function summarise(ages: readonly number[]): Latency {
  const warm = ages.slice(Math.floor(ages.length * WARM_UP_SHARE))
  return { p50: quantile(warm, 0.5), p99: quantile(warm, 0.99), chunks: warm.length }
}

function middle(latencies: readonly Latency[]): Latency {
  return {
    p50: median(latencies.map((latency) => latency.p50)),
    p99: median(latencies.map((latency) => latency.p99)),
    chunks: latencies.reduce((sum, latency) => sum + latency.chunks, 0),
  }
}

function argvOf(load: Load): string[] {
  return [load.sessions, load.chunksPerSecond, load.seconds].map(String)
}

function launch(file: string, argv: readonly string[], env: Record<string, string>) {
  return execa(process.execPath, [join(HERE, file), ...argv], { cwd: ROOT, env, stderr: 'inherit', stdin: 'ignore' })
}

async function run(file: string, argv: readonly string[], env: Record<string, string>): Promise<void> {
  await launch(file, argv, env)
}

/** A process that says when it is ready. `over` is its own end, `stop` asks for it. */
async function startPart(file: string, argv: readonly string[], env: Record<string, string>, ready: RegExp) {
  const child = launch(file, argv, env)
  const over = child.then(
    () => undefined,
    (error: { isTerminated?: boolean }) => {
      if (error.isTerminated !== true) throw error
    },
  )
  await new Promise<void>((resolveReady, reject) => {
    const late = setTimeout(() => reject(new Error(`${file} did not get ready`)), READY_MS)
    child.nodeChildProcess.stdout?.on('data', (chunk: Buffer) => {
      if (!ready.test(chunk.toString())) return
      clearTimeout(late)
      resolveReady()
    })
  })
  return {
    over,
    async stop() {
      child.kill('SIGTERM')
      await over
    },
  }
}

async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((listening) => probe.listen(0, '127.0.0.1', listening))
  const address = probe.address()
  await new Promise((closed) => probe.close(closed))
  if (address === null || typeof address === 'string') throw new Error('no TCP address')
  return address.port
}
