import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { io } from 'socket.io-client'
import type { Finding } from '../figures.ts'
import { age } from '../parts/chunk.ts'
import { openCrowd } from '../parts/crowd.ts'
import { until } from '../parts/observer.ts'
import { freePort } from '../../packages/server/test/freePort.ts'
import { startPart } from '../parts/process.ts'
import { withRelay } from '../parts/relay.ts'
import { median, quantile } from '../stats.ts'

export type LatencyLoad = { sessions: number; chunksPerSecond: number; seconds: number }

/** About what Claude Code's deltas weigh. */
const CHUNK_BYTES = 100
/** What the first chunks cost (just-in-time compilation, first writes) is not what is measured. */
const WARM_UP_SHARE = 0.2

const RELAYS = ['plain', 'synced', 'farhand'] as const
type RelayName = (typeof RELAYS)[number]
type Latency = { p50: number; p99: number }

/**
 * How old a chunk is when an observer has it: Farhand with both disks in the way, beside a Socket.IO relay that only
 * forwards, and beside the same with one sync at the agent and one at the relay. The rounds alternate in one run, so that
 * all meet the same noise.
 */
export async function latency(load: LatencyLoad, rounds: number): Promise<Finding> {
  const found: Record<RelayName, Latency[]> = { plain: [], synced: [], farhand: [] }
  for (let round = 0; round < rounds; round += 1) {
    for (const name of round % 2 === 0 ? RELAYS : RELAYS.toReversed()) found[name].push(await measure(name, load))
  }
  const middle = (name: RelayName, pick: (latency: Latency) => number): number => median(found[name].map(pick))
  const ratio = (other: RelayName, pick: (latency: Latency) => number): number =>
    median(found.farhand.map((mine, round) => pick(mine) / pick(found[other][round] ?? mine)))
  const p50 = (latency: Latency): number => latency.p50
  const p99 = (latency: Latency): number => latency.p99
  return {
    title: `latency: agent → observer, ${load.sessions} sessions × ${load.chunksPerSecond} chunks/s`,
    figures: [
      { name: 'p50, Farhand, durable at both ends', value: middle('farhand', p50), unit: 'ms' },
      { name: 'p50, Socket.IO', value: middle('plain', p50), unit: 'ms' },
      { name: 'p50, Socket.IO with a sync at both ends', value: middle('synced', p50), unit: 'ms' },
      { name: 'p50, ratio to Socket.IO', value: ratio('plain', p50), unit: '×', goal: { atMost: 2 } },
      { name: 'p50, ratio to the one with syncs', value: ratio('synced', p50), unit: '×', goal: { atMost: 2 } },
      { name: 'p99, Farhand', value: middle('farhand', p99), unit: 'ms' },
      { name: 'p99, ratio to the one with syncs', value: ratio('synced', p99), unit: '×' },
    ],
  }
}

async function measure(name: RelayName, load: LatencyLoad): Promise<Latency> {
  const ages = name === 'farhand' ? await measureFarhand(load) : await measurePlain(load, name === 'synced')
  const warm = ages.slice(Math.floor(ages.length * WARM_UP_SHARE))
  return { p50: quantile(warm, 0.5), p99: quantile(warm, 0.99) }
}

async function measureFarhand(load: LatencyLoad): Promise<number[]> {
  return await withRelay(async (relay) => {
    const crowd = await openCrowd(relay, await relay.openAgent(), { ...load, observers: 1 })
    await crowd.begin()
    await until(() => crowd.ages.length >= crowd.expected, 'not all chunks came')
    crowd.close()
    return crowd.ages
  })
}

async function measurePlain(load: LatencyLoad, synced: boolean): Promise<number[]> {
  const directory = await mkdtemp(join(tmpdir(), 'farhand-bench-'))
  const file = (name: string): string => join(directory, name)
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const env = { PORT: String(port), ...(synced ? { SYNC_FILE: file('relay') } : {}) }
  const relay = await startPart('controls/plainRelay.ts', [], env)
  const ages: number[] = []
  const observers = Array.from({ length: load.sessions }, () => io(url, { transports: ['websocket'], forceNew: true }))
  for (const [session, observer] of observers.entries()) {
    observer.on('chunk', ({ text }: { text: string }) => ages.push(age(text)))
    await observer.emitWithAck('join', String(session))
  }
  const shape = [load.sessions, load.chunksPerSecond, load.seconds, CHUNK_BYTES].map(String)
  const agent = await startPart('controls/plainAgent.ts', [url, ...shape, ...(synced ? [file('agent')] : [])], {}, /^/)
  await agent.ended
  for (const observer of observers) observer.disconnect()
  await relay.stop()
  await rm(directory, { recursive: true, force: true })
  return ages
}
