import type { Finding, Figure } from '../figures.ts'
import { median } from '../stats.ts'
import { farhandRelay, plainRelay, wsRelay, type Shape } from './relays.ts'
import { ratio, saturate, type Saturated } from './saturation.ts'

export type ForwardLoad = { rounds: number; roundMs: number }

const cpu = (one: Saturated): number => one.cpuUsPerChunk
const deliveries = (one: Saturated): number => one.deliveriesPerSecond
const FARHAND = ['Farhand', 'Farhand, batches of 4'] as const

/** What the relay's processor does for a chunk when it is given as many as it takes; its log and its syncs included. */
export async function forward(load: ForwardLoad): Promise<Finding> {
  const found = await measure({ sessions: 4, readers: 1 }, load)
  const against = (name: string, other: string, atMost: number): Figure => ({
    name: `CPU, ${name} against ${other}`,
    value: ratio(found, name, other, cpu),
    unit: '×',
    goal: { atMost },
  })
  return {
    title: 'forward: 4 sessions with a reader each, as fast as it goes',
    figures: [
      ...[...found].map(([name, all]) => ({ name: `CPU per chunk, ${name}`, value: median(all.map(cpu)), unit: 'µs' })),
      against('Farhand', 'Socket.IO', 1.1),
      against('Farhand', 'ws', 1.8),
      against('Farhand, batches of 4', 'Socket.IO', 0.8),
      against('Farhand, batches of 4', 'ws', 1.3),
    ],
  }
}

/** What comes to many readers of one session. */
export async function fanOut(load: ForwardLoad): Promise<Finding> {
  const found = await measure({ sessions: 2, readers: 100 }, load)
  return {
    title: 'fan-out: 2 sessions with 100 readers each, as fast as it goes',
    figures: [
      ...[...found].map(([name, all]) => ({
        name: `deliveries, ${name}`,
        value: median(all.map(deliveries)),
        unit: '/s',
      })),
      ...FARHAND.map((name) => ({
        name: `deliveries, ${name} against ws`,
        value: ratio(found, name, 'ws', deliveries),
        unit: '×',
        goal: { atLeast: 2 },
      })),
    ],
  }
}

async function measure(shape: Shape, { rounds, roundMs }: ForwardLoad): Promise<Map<string, Saturated[]>> {
  const relays = [
    await wsRelay(shape),
    await plainRelay(shape),
    await farhandRelay(shape, 1),
    await farhandRelay(shape, 4),
  ]
  try {
    return await saturate(relays, rounds, roundMs)
  } finally {
    for (const relay of relays) await relay.close()
  }
}
