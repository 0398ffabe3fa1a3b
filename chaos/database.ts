import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../packages/shared/src/testing/random.ts'
import { REDIS_NEEDED, findRedis, startRedis, type TestRedis } from '../packages/server/test/redis.ts'
import { POSTGRES_NEEDED, findPostgres, startPostgres } from '../packages/server/test/postgres.ts'
import { DUMPED, dumpSchema, type Dump } from './dump.ts'
import type { History } from './history.ts'
import type { FaultCounts } from './nemesis.ts'

/** Postgres below the relay, which crashes as everything else does. */
export type Database = {
  /** For the relay. */
  env: { DATABASE_URL: string }
  /** Crashes it and starts it again, now and then, until `deadline` (of `performance.now`). */
  crash(random: Random, history: History, deadline: number, counts: FaultCounts): Promise<void>
  dump(): Promise<Dump>
  close(): Promise<void>
}

const MIN_UP_MS = 3_000
const MAX_UP_MS = 12_000
const MAX_DOWN_MS = 3_000

/** What several relays tell each other through. @throws Error where Redis is not installed */
export async function openRedis(): Promise<TestRedis> {
  const program = findRedis()
  if (program === undefined) throw new Error(REDIS_NEEDED)
  return await startRedis(program)
}

/** @throws Error where Postgres is not installed */
export async function openDatabase(): Promise<Database> {
  const program = findPostgres()
  if (program === undefined) throw new Error(POSTGRES_NEEDED)
  const postgres = await startPostgres(program)
  const url = await postgres.newDatabase()
  return {
    env: { DATABASE_URL: url },
    crash: async (random, history, deadline, counts) => {
      for (;;) {
        await sleep(MIN_UP_MS + random.int(MAX_UP_MS - MIN_UP_MS))
        if (performance.now() > deadline) return
        history.write({ ev: 'fault', what: 'the database crashes' })
        const crashed = performance.now()
        await postgres.stop('immediate')
        await sleep(random.int(MAX_DOWN_MS))
        await postgres.start()
        history.write({ ev: 'fault', what: `the database is back after ${Math.round(performance.now() - crashed)} ms` })
        counts.database += 1
      }
    },
    dump: async () => {
      const [epoch] = await postgres.query(url, DUMPED.logEpoch)
      const [sessions, entries, inputs, requests] = await Promise.all(
        [DUMPED.sessions, DUMPED.entries, DUMPED.inputs, DUMPED.requests].map((text) => postgres.query(url, text)),
      )
      return dumpSchema.parse({ logEpoch: epoch?.['value'], sessions, entries, inputs, requests })
    },
    close: postgres.close,
  }
}
