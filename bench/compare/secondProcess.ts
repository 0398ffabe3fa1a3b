import { findPostgres, startPostgres, type TestPostgres } from '../../packages/server/test/postgres.ts'
import { findRedis, startRedis } from '../../packages/server/test/redis.ts'
import type { Finding } from '../figures.ts'
import { newToken, openRelay } from '../parts/relay.ts'
import { median } from '../stats.ts'
import type { ForwardLoad } from './forward.ts'
import { loadFarhand, type LoadedRelay } from './relays.ts'
import { ratio, saturate, type Saturated } from './saturation.ts'

const SHAPE = { sessions: 4, readers: 1 }
/** One chunk in a message, as when an answer streams; and as many as an agent sends that is behind. */
const BATCHES = [1, 4]
const cpu = (one: Saturated): number => one.cpuUsPerChunk

/**
 * What it costs that a chunk comes to one relay and is read at another: the processors of both, against that of one relay
 * which does all of it, each on a database of one Postgres.
 */
export async function secondProcess({ rounds, roundMs }: ForwardLoad): Promise<Finding> {
  const title = 'second process: 4 sessions, agents at one relay and readers at the other, on Postgres'
  const [postgresProgram, redisProgram] = [findPostgres(), findRedis()]
  if (postgresProgram === undefined || redisProgram === undefined) {
    return { title: `${title}: not measured, for want of Postgres or Redis`, figures: [] }
  }
  const [postgres, redis] = [await startPostgres(postgresProgram), await startRedis(redisProgram)]
  const relays: LoadedRelay[] = []
  try {
    for (const batch of BATCHES) {
      relays.push(await openLoaded(`one, batches of ${batch}`, batch, [{}], postgres))
      const [first, second] = [{ REDIS_URL: redis.url }, { REDIS_URL: redis.url }]
      relays.push(await openLoaded(`two, batches of ${batch}`, batch, [first, second], postgres))
    }
    const found = await saturate(relays, rounds, roundMs)
    return {
      title,
      figures: [
        ...[...found].map(([name, all]) => ({
          name: `CPU per chunk, ${name}`,
          value: median(all.map(cpu)),
          unit: 'µs',
        })),
        ...BATCHES.map((batch) => ({
          name: `CPU, two against one, batches of ${batch}`,
          value: ratio(found, `two, batches of ${batch}`, `one, batches of ${batch}`, cpu),
          unit: '×',
          goal: { atMost: 1.6 },
        })),
      ],
    }
  } finally {
    for (const relay of relays) await relay.close()
    await Promise.all([redis.close(), postgres.close()])
  }
}

type Settings = Record<string, string>

async function openLoaded(
  name: string,
  batch: number,
  [one, ...others]: [Settings, ...Settings[]],
  postgres: TestPostgres,
): Promise<LoadedRelay> {
  const shared = { DATABASE_URL: await postgres.newDatabase(), OWNER_TOKEN: newToken(), AGENT_TOKEN: newToken() }
  const open = (settings: Settings) => openRelay(undefined, { ...shared, ...settings })
  const first = await open(one)
  const rest = await Promise.all(others.map(open))
  const close = async (): Promise<void> => {
    await Promise.all([first, ...rest].map((relay) => relay.close()))
  }
  return await loadFarhand({ name, shape: SHAPE, batch, relays: [first, ...rest], close })
}
