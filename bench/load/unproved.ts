import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { WebSocket } from 'ws'
import type { Finding } from '../figures.ts'
import { withRelay, type Relay } from '../parts/relay.ts'
import { MIB, residentBytes, watchMemory } from '../parts/resources.ts'
import { quantile } from '../stats.ts'
import { probing } from './replay.ts'

/** All begin within this time; a machine that opened them at once would be measured instead. */
const OPENING_MS = 1_000
const LIMIT_MS = 15_000
const KINDS = ['silent TCP', 'silent WebSocket', 'wrong token'] as const
type Kind = (typeof KINDS)[number]

/** [F81] Connections that prove nothing: each is closed in time, and whoever is here notices nothing. */
export async function unproved({ connections }: { connections: number }): Promise<Finding> {
  return await withRelay(async (relay) => {
    const before = residentBytes(relay.pid())
    const memory = watchMemory(relay.pid())
    const others = await probing(relay)
    const lives = await Promise.all(
      Array.from({ length: connections }, async (_, index) => {
        await new Promise((resolve) => setTimeout(resolve, (index / connections) * OPENING_MS))
        const kind = KINDS[index % KINDS.length] ?? 'silent TCP'
        return { kind, ms: await lifeOf(relay, kind) }
      }),
    )
    const waited = await others.stop()
    const longest = (kind: Kind): number => Math.max(...lives.filter((life) => life.kind === kind).map(({ ms }) => ms))
    return {
      title: `unproved: ${connections} connections that prove nothing`,
      figures: [
        ...KINDS.map((kind) => ({
          name: `${kind}, closed after at most`,
          value: longest(kind) / 1000,
          unit: 's',
          goal: { atMost: GOAL_S },
        })),
        {
          name: 'others meanwhile, p99 of a round trip',
          value: quantile(waited, 0.99),
          unit: 'ms',
          goal: { atMost: 250 },
        },
        {
          name: 'relay memory, growth at most',
          value: (memory.stop() - before) / MIB,
          unit: 'MiB',
          goal: { atMost: 96 },
        },
      ],
    }
  })
}

/** The limit is 5 s; what is on top is one machine that opens and closes them all. */
const GOAL_S = 5.5

/** How long the relay keeps a connection of this kind; at most the limit. */
async function lifeOf(relay: Relay, kind: Kind): Promise<number> {
  switch (kind) {
    case 'silent TCP':
      return await lifeOfTcp(connect(Number(new URL(relay.url).port), '127.0.0.1'))
    case 'silent WebSocket':
      return await lifeOfWebSocket(relay)
    case 'wrong token':
      return await lifeOfWebSocket(relay, '40{"token":"wrong"}')
    default:
      return kind satisfies never
  }
}

async function lifeOfTcp(socket: Socket): Promise<number> {
  socket.on('error', () => {}) // a reset is an end too
  await once(socket, 'connect')
  socket.resume()
  return await untilClosed(socket, () => socket.destroy())
}

async function lifeOfWebSocket({ url }: Relay, greeting?: string): Promise<number> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`)
  socket.on('error', () => {})
  await once(socket, 'open')
  if (greeting !== undefined) socket.send(greeting)
  return await untilClosed(socket, () => socket.terminate())
}

async function untilClosed(
  socket: { once(event: 'close', closed: () => void): unknown },
  giveUp: () => void,
): Promise<number> {
  const opened = performance.now()
  const late = setTimeout(giveUp, LIMIT_MS)
  await new Promise<void>((closed) => socket.once('close', closed))
  clearTimeout(late)
  return performance.now() - opened
}
