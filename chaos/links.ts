import type { TestRedis } from '../packages/server/test/redis.ts'
import { openProxy, type Proxy } from './proxy.ts'

/** What one of several relays stands on, each through a proxy of its own: it can lose it while the others do not. */
export type Links = {
  database: Proxy
  redis: Proxy
  /** For the relay. */
  env: { DATABASE_URL: string; REDIS_URL: string }
  close(): Promise<void>
}

/** What several relays share, and how each of them reaches it. Of one relay alone nothing. */
export type Shared = { redis?: TestRedis; links: readonly Links[] }

export async function openLinks(urls: { database: string; redis: string }): Promise<Links> {
  const [database, redis] = [await openProxy(targetOf(urls.database)), await openProxy(targetOf(urls.redis))]
  return {
    database,
    redis,
    env: { DATABASE_URL: through(urls.database, database), REDIS_URL: through(urls.redis, redis) },
    close: async () => {
      await Promise.all([database.close(), redis.close()])
    },
  }
}

function targetOf(url: string): { host: string; port: number } {
  const { hostname, port } = new URL(url)
  return { host: hostname, port: Number(port) }
}

function through(url: string, { port }: Proxy): string {
  return Object.assign(new URL(url), { hostname: '127.0.0.1', port: String(port) }).href
}
