import { setTimeout as sleep } from 'node:timers/promises'
import type { History } from './history.ts'
import type { Shared } from './links.ts'
import type { Load } from './load/load.ts'
import type { Tiers } from './tiers.ts'

const CHECK_MS = 250

/** Ends all faults: links carry, stopped processes go on, dead ones are started. */
export async function heal(tiers: Tiers, history: History, { redis, links }: Shared): Promise<void> {
  history.write({ ev: 'fault', what: 'healed' })
  tiers.hops.browser.heal()
  tiers.hops.agent.heal()
  for (const { database, redis: bus } of links) {
    database.heal()
    bus.heal()
  }
  redis?.signal('SIGCONT')
  if (redis?.alive() === false) await redis.start()
  for (const tier of [...tiers.relays, ...tiers.machines.map(({ agent }) => agent)]) {
    tier.signal('SIGCONT')
    if (!tier.alive()) await tier.start()
  }
}

/** Answers whether everything came to rest, for `lastsMs`, within `limitMs`. */
export async function waitForQuiet(
  load: Load,
  { lastsMs, limitMs }: { lastsMs: number; limitMs: number },
): Promise<boolean> {
  let since: number | undefined
  for (const deadline = performance.now() + limitMs; performance.now() < deadline; await sleep(CHECK_MS)) {
    if (!load.isQuiet()) since = undefined
    else since ??= performance.now()
    if (since !== undefined && performance.now() - since >= lastsMs) return true
  }
  return false
}
