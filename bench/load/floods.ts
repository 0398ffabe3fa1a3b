import { z } from 'zod'
import type { Finding } from '../figures.ts'
import { openCrowd, type Crowd } from '../parts/crowd.ts'
import { giveWork, headOf, openObserver, openSession, pause, until } from '../parts/observer.ts'
import { startPart } from '../parts/process.ts'
import { withRelay, type BenchAgent, type Relay } from '../parts/relay.ts'
import { MIB, residentBytes, watchMemory } from '../parts/resources.ts'
import { quantile } from '../stats.ts'

const OTHERS = { sessions: 10, chunksPerSecond: 20, observers: 1 }
const CHUNK_BYTES = 64 * 1024
/** So long the others work alone first: their figure without the flood, and the relay's memory at work. */
const CALM_SECONDS = 2

export type FloodLoad = { seconds: number; bytesPerSecond: number; messagesPerSecond: number }

/** [F64] One session says far more than anybody can take; what the others notice of it. */
export async function sessionFlood(load: FloodLoad, by: 'another agent' | 'the same agent'): Promise<Finding> {
  return await withRelay(async (relay) => {
    const agent = await relay.openAgent()
    const loud = by === 'another agent' ? await relay.openAgent() : agent
    const crowd = await openCrowd(relay, agent, { ...OTHERS, seconds: CALM_SECONDS + load.seconds })
    const flooded = await undisturbed(relay, crowd, () => flood(relay, loud, load))
    return {
      title: `flood: one session says ${(load.bytesPerSecond / MIB).toFixed(0)} MiB/s, by ${by}`,
      figures: [...others(flooded), { name: 'taken of the flood', value: flooded.result / MIB, unit: 'MiB/s' }],
    }
  })
}

/** Answers how many bytes a second the relay took. */
async function flood(relay: Relay, agent: BenchAgent, { seconds, bytesPerSecond }: FloodLoad): Promise<number> {
  const sender = await openObserver(relay)
  const sessionId = await openSession(sender, agent)
  const chunksPerSecond = bytesPerSecond / CHUNK_BYTES
  const chunks = Math.ceil(chunksPerSecond * seconds)
  await giveWork(sender, agent, sessionId, { chunkBytes: CHUNK_BYTES, chunksPerSecond, chunks, startAfterMs: 0 })
  await pause(seconds * 1000)
  const head = await headOf(sender, sessionId)
  sender.close()
  return (head * CHUNK_BYTES) / seconds
}

/** [F80] One client sends without end; it is told to wait, and the others notice nothing. */
export async function clientFlood(load: FloodLoad): Promise<Finding> {
  return await withRelay(async (relay) => {
    const agent = await relay.openAgent()
    const crowd = await openCrowd(relay, agent, { ...OTHERS, seconds: CALM_SECONDS + load.seconds })
    const flooded = await undisturbed(relay, crowd, () => shout(relay, load))
    const { sent, refused, done } = flooded.result
    return {
      title: `flood: one client sends ${load.messagesPerSecond} messages/s`,
      figures: [
        ...others(flooded),
        { name: 'messages that it sent', value: sent / load.seconds, unit: '/s' },
        { name: 'of them read and refused', value: refused / load.seconds, unit: '/s', goal: { atMost: 1_100 } },
        { name: 'of them done', value: done / load.seconds, unit: '/s', goal: { atMost: 120 } },
      ],
    }
  })
}

const shoutedSchema = z.object({ sent: z.number(), refused: z.number(), done: z.number() })

/** From a process of its own, so that the observers here are not held up by it. */
async function shout(relay: Relay, { seconds, messagesPerSecond }: FloodLoad): Promise<z.infer<typeof shoutedSchema>> {
  const argv = [relay.url, String(messagesPerSecond), String(seconds)]
  const shouter = await startPart('load/shouter.ts', argv, { OWNER_TOKEN: relay.ownerToken })
  const said = await shouter.said(/got (.*)\n/)
  await shouter.stop()
  return shoutedSchema.parse(JSON.parse(said.slice('got '.length)))
}

type Undisturbed<T> = { result: T; calm: number[]; during: number[]; grewBytes: number }

/** What the crowd notices while something goes on beside it. */
async function undisturbed<T>(relay: Relay, crowd: Crowd, disturb: () => Promise<T>): Promise<Undisturbed<T>> {
  await crowd.begin()
  await pause(CALM_SECONDS * 1000)
  const calm = crowd.ages.splice(0)
  const before = residentBytes(relay.pid())
  const memory = watchMemory(relay.pid())
  const result = await disturb()
  await until(() => crowd.ages.length + calm.length >= crowd.expected, 'the others did not get everything')
  crowd.close()
  return { result, calm, during: crowd.ages, grewBytes: memory.stop() - before }
}

function others({ calm, during, grewBytes }: Undisturbed<unknown>): Finding['figures'] {
  return [
    { name: 'other sessions, p99', value: quantile(during, 0.99), unit: 'ms', goal: { atMost: 250 } },
    { name: 'other sessions, p50', value: quantile(during, 0.5), unit: 'ms' },
    { name: 'other sessions before, p99', value: quantile(calm, 0.99), unit: 'ms' },
    { name: 'relay memory, growth at most', value: grewBytes / MIB, unit: 'MiB', goal: { atMost: 96 } },
  ]
}
