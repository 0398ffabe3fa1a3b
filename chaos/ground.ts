import { join } from 'node:path'
import { findPostgres } from '../packages/server/test/postgres.ts'
import { findRedis } from '../packages/server/test/redis.ts'
import { openDatabase, openRedis, type Database } from './database.ts'
import { openLinks, type Shared } from './links.ts'

/** The relay's own disk, a Postgres, or several relays on a Postgres and a Redis. */
export type Below = 'sqlite' | 'postgres' | 'cluster'

/** What the relays stand on. */
export type Ground = {
  database: Database | undefined
  shared: Shared
  /** For each relay. */
  relayEnvs: readonly [Record<string, string>, ...Record<string, string>[]]
  close(): Promise<void>
}

/** What is needed for it and not installed here, in words. */
export function missingFor(below: Below): string | undefined {
  const missing = [
    ...(below !== 'sqlite' && findPostgres() === undefined ? ['Postgres'] : []),
    ...(below === 'cluster' && findRedis() === undefined ? ['Redis'] : []),
  ]
  return missing.length === 0 ? undefined : `not installed here, so nothing was run: ${missing.join(' and ')}`
}

export async function openGround(below: Below, directory: string): Promise<Ground> {
  if (below === 'cluster') return await openSharedGround(directory)
  const database = below === 'sqlite' ? undefined : await openDatabase()
  return {
    database,
    shared: { links: [] },
    relayEnvs: [database?.env ?? {}],
    close: async () => void (await database?.close()),
  }
}

/** Two relays. */
async function openSharedGround(directory: string): Promise<Ground> {
  const [database, redis] = [await openDatabase(), await openRedis()]
  const urls = { database: database.env.DATABASE_URL, redis: redis.url }
  const [first, second] = [await openLinks(urls), await openLinks(urls)]
  const files = { ATTACHMENTS_DIR: join(directory, 'files') }
  return {
    database,
    shared: { redis, links: [first, second] },
    relayEnvs: [
      { ...first.env, ...files },
      { ...second.env, ...files },
    ],
    close: async () => {
      await Promise.all([first.close(), second.close()])
      await redis.close()
      await database.close()
    },
  }
}
